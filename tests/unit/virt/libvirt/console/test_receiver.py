# SPDX-License-Identifier: Apache-2.0
"""What another host sends, put in its place by Nova's own records."""

from __future__ import annotations

import errno
import random
import threading
import uuid
from concurrent import futures
from typing import Any

import hypothesis
from hypothesis import strategies

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import history, privileged, visibility
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains, moving
from tests.unit.virt.libvirt.console import virtlogd_files as files


class TestAdd(moving.ReceiverTestCase):
    def test_history_is_put_before_what_the_guest_wrote_here(self) -> None:
        self.log.write_bytes(b'printed here')
        self.assertEqual([False, True], self.transfer(b'printed ', b'there,').send())
        self.assertEqual(b'printed there,printed here', files.read(self.log))

    def test_single_piece_may_be_as_long_as_the_limit(self) -> None:
        self.conf.set_override('console_history_bytes', console_history.SIZE, 'nova_ext')
        text = random.Random(0).randbytes(console_history.SIZE)
        self.assertEqual([True], self.transfer(text).send())
        self.assertEqual(text, files.read(self.log))

    def test_newest_part_of_a_longer_history_is_kept(self) -> None:
        self.conf.set_override('console_history_bytes', console_history.SIZE + 5, 'nova_ext')
        transfer = self.transfer(b'o' * console_history.SIZE, b'n' * console_history.SIZE)
        self.assertEqual([False, True], transfer.send())
        self.assertEqual(b'o' * 5 + b'n' * console_history.SIZE, files.read(self.log))

    def test_history_of_a_host_that_sends_more_is_cut_and_counted(self) -> None:
        size = console_history.SIZE
        self.conf.set_override('console_history_bytes', size + 5, 'nova_ext')
        texts = [b'a' * size, b'b' * size, b'c' * size, b'the end']
        kept: list[Any] = []
        self.patch(privileged, 'insert_as_oldest_log',
                   lambda path, data, backups, spans, _: kept.append((data, list(spans))))
        transfer = self.transfer(*texts)
        transfer.spans = console_history.Span(0, end := 3 * size + 7), console_history.Span(end, 0)
        self.assertEqual([False], transfer.send(0))
        self.assertEqual([{0: b''}], [one.pieces for one in self.receiver._coming.values()])
        self.assertEqual([False] * 2 + [True], transfer.send(1, 2, 3))
        self.assertEqual([(b''.join(texts)[-size - 5:], [(end - size - 5, size + 5), (end, 0)])],
                         kept)

    def test_late_pieces_do_not_restore_a_deleted_log(self) -> None:
        transfer = self.transfer(b'one,', b'two')
        transfer.send()
        history.remove(str(self.log), aside=False)
        self.assertEqual([True, True, True], transfer.send(1, 0, 1))
        self.assertEqual([], list(self.log.parent.iterdir()))

    def test_histories_of_several_servers_do_not_mix(self) -> None:
        transfers = [
            moving.Transfer(
                self.receiver, self.make_server(), b'%d,' % number, b'end of %d' % number)
            for number in range(5)]
        for number in (1, 0):
            self.assertEqual(
                [[number == 0]] * 5, [transfer.send(number) for transfer in transfers])
        self.assertEqual(
            [b'%d,end of %d' % (number, number) for number in range(5)],
            [files.read(base.nova_log_path(transfer.server)) for transfer in transfers])

    def test_two_transfers_of_one_server_do_not_mix(self) -> None:
        one, other = (self.transfer(b'%d,' % number, b'end of %d,' % number)
                      for number in range(2))
        self.assertEqual(
            [False, False, True, True],
            one.send(0) + other.send(1) + other.send(0) + one.send(1))
        self.assertEqual(b'0,end of 0,1,end of 1,', files.read(self.log))

    def test_history_that_virtlogd_has_no_room_for_is_dropped_and_logged(self) -> None:
        (self.libvirt_directory / 'virtlogd.conf').write_text('max_backups = 1\n')
        whole = files.make(self.log, b'new', b'old')
        self.assertEqual([True], self.transfer(b'history').send())
        self.assertEqual(whole, files.read(self.log))
        self.assertIn('is older than all that virtlogd keeps', self.logs.text)
        self.assertIn(self.server.uuid, str(vars(self.logs.records[-1])))

    def test_history_is_put_in_place_if_virtlogd_configuration_cannot_be_read(self) -> None:
        def fail(path: str) -> str:
            raise OSError(errno.EIO, 'the disk is broken', path)

        self.patch(privileged, 'read_configuration', fail)
        self.assertEqual([True], self.transfer(b'printed there').send())
        self.assertEqual(b'printed there', files.read(self.log))
        self.assertIn('the disk is broken', self.logs.text)

    def test_configuration_of_another_virtlogd_does_not_count(self) -> None:
        (self.libvirt_directory / 'virtlogd.conf').write_text('max_backups = 0\n')
        self.patch(visibility, 'is_read_by_virtlogd', lambda path: False)
        self.assertEqual([True], self.transfer(b'printed there').send())
        self.assertEqual(b'printed there', files.read(self.log))

    def test_history_is_put_into_the_log_that_the_domain_names(self) -> None:
        named = self.directory / 'named.log'
        named.write_bytes(b'printed here')
        self.define(self.server, domains.tcp(log=str(named)), running=True)
        self.transfer(b'printed there,').send()
        self.assertEqual(b'printed there,printed here', files.read(named))
        self.assertEqual(b'', files.read(self.log))

    def test_full_disk_is_an_error_for_the_sender(self) -> None:
        def fail(*_: Any) -> None:
            raise OSError(errno.ENOSPC, 'No space left on device')

        self.patch(privileged, 'insert_as_oldest_log', fail)
        with self.assert_raises(OSError, 'No space left'):
            self.transfer(b'history').send()


class TestManyPieces(moving.ReceiverTestCase):
    """A history may have up to 100 pieces of 10 bytes."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(console_history, 'SIZE', 10)
        self.conf.set_override('console_history_bytes', 1000, 'nova_ext')

    @hypothesis.settings(max_examples=25)
    @hypothesis.given(strategies.data())
    def test_pieces_may_come_in_any_order_and_repeatedly(
            self, data: strategies.DataObject) -> None:
        texts = data.draw(
            strategies.lists(strategies.binary(max_size=10), min_size=1, max_size=6))
        order = data.draw(strategies.permutations(range(len(texts))))
        again = data.draw(strategies.lists(strategies.sampled_from(range(len(texts)))))
        history.remove(str(self.log), aside=False)
        transfer = self.transfer(*texts)
        replies = []
        for number in order:
            replies += transfer.send(number)
            replies += [transfer.send(number)[0] for _ in range(again.count(number))]
        self.assertIs(True, replies[-1])
        self.assertEqual(sorted(replies), replies)
        self.assertEqual(b''.join(texts), files.read(self.log))

    def test_pieces_with_different_totals_are_not_put_together(self) -> None:
        transfer = str(uuid.uuid4())
        for number, total in ((0, 3), (1, 2), (4, 5)):
            self.assertFalse(self.receiver.add(
                support.admin(), self.server.uuid,
                console_history.Piece(transfer, number, total, b'x')))
        self.assertEqual(b'', files.read(self.log))

    def test_simultaneous_pieces_are_put_together_once(self) -> None:
        texts = [b'%9d,' % number for number in range(8)]
        transfer = self.transfer(*texts)
        ready = threading.Barrier(len(texts))

        def send(number: int) -> None:
            ready.wait(10)
            transfer.send(number)

        with futures.ThreadPoolExecutor(len(texts)) as pool:
            list(pool.map(send, range(len(texts))))
        self.assertEqual([True], transfer.send(0))
        self.assertEqual(b''.join(texts), files.read(self.log))


class TestReturningServer(moving.ReceiverTestCase):
    """The resize of the server from this host is being reverted."""

    def make_arriving_server(self) -> Any:
        server = self.make_server(host='there', task_state='resize_reverting')
        self.make_migration(server, status='reverting')
        return server

    def test_output_from_elsewhere_is_added_to_the_log_that_was_put_aside(self) -> None:
        resized = self.instances / f'{self.server.uuid}_resize'
        (self.instances / self.server.uuid).rename(resized)
        (resized / 'console.log').write_bytes(b'here,')
        self.assertEqual([False, True], self.transfer(b'there,', b'also there').send())
        self.assertEqual(b'here,there,also there', (resized / 'console.log').read_bytes())

    def test_log_may_be_outside_the_instance_directory(self) -> None:
        log = self.log_elsewhere() / f'{self.server.uuid}-here.console'
        log.write_bytes(b'here,')
        self.transfer(b'there').send()
        self.assertEqual(b'here,there', log.read_bytes())

    def test_resize_on_one_host_is_reverted_in_the_same_way(self) -> None:
        self.server = self.make_server(task_state='resize_reverting')
        self.make_migration(self.server, status='reverting', dest_compute='here')
        resized = self.instances / f'{self.server.uuid}_resize'
        resized.mkdir()
        (resized / 'console.log').write_bytes(b'before,')
        self.transfer(b'after').send()
        self.assertEqual(b'before,after', (resized / 'console.log').read_bytes())
