# SPDX-License-Identifier: Apache-2.0
"""Histories on their way, over a real message bus inside this process."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import ddt
from nova.virt.libvirt import utils as libvirt_utils

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import consoles, privileged, receiver, sender
from tests.fixtures import libvirt
from tests.unit import support
from tests.unit.virt.libvirt.console import base, moving, peers
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestSend(moving.SenderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.histories = self.start_there()

    def test_log_is_sent_after_its_server(self) -> None:
        self.assertTrue(self.send())
        self.assertEqual(b'oldest,older,new', self.histories.text())
        self.assertEqual([self.server.uuid], [server for server, _ in self.histories.pieces])
        self.assertEqual([], self.warnings_about(self.server))

    def test_as_much_as_configured_is_sent_in_pieces(self) -> None:
        size = console_history.SIZE * 2 + 7
        self.conf.set_override('console_history_bytes', size, 'nova_ext')
        files.make(self.log, files.text(0, 900_000), files.text(0, 900_000))
        self.send()
        self.assertEqual(files.read(self.log, size), self.histories.text())
        sent = [piece for _, piece in self.histories.pieces]
        self.assertEqual(
            [(0, 3), (1, 3), (2, 3)], [(piece.number, piece.total) for piece in sent])
        self.assertEqual(
            {sent[0].transfer}, {piece.transfer for piece in sent})
        self.assertTrue(uuid.UUID(sent[0].transfer))

    def test_each_transfer_has_an_identifier_of_its_own(self) -> None:
        self.send()
        self.send()
        one, other = (piece.transfer for _, piece in self.histories.pieces)
        self.assertNotEqual(one, other)

    def test_file_that_came_with_the_server_may_be_left_out(self) -> None:
        self.send(exclude=lambda path: f'{path}.1')
        self.assertEqual(b'older,new', self.histories.text())

    @ddt.data('no log', 'no directory', 'empty log')
    def test_nothing_is_sent_or_logged_without_output(self, case: str) -> None:
        for number in ('', '.0', '.1'):
            Path(f'{self.log}{number}').unlink()
        if case == 'no directory':
            self.log = self.directory / 'gone/console.log'
        elif case == 'empty log':
            self.log.touch()
        self.assertTrue(self.send())
        self.assertEqual([], self.histories.pieces)
        self.assertEqual([], self.warnings_about(self.server))

    def test_log_is_not_even_read_when_history_is_disabled(self) -> None:
        reads: list[Any] = []
        self.conf.set_override('console_history_bytes', 0, 'nova_ext')
        self.patch(privileged, 'read_history', lambda *read, **_: reads.append(read))
        self.assertTrue(self.send())
        self.assertEqual([], reads)
        self.assertEqual([], self.histories.pieces)

    def test_fallback_is_not_used_for_a_host_with_the_plugin(self) -> None:
        copied: list[bytes] = []
        self.send(fallback=copied.append)
        self.assertEqual(b'oldest,older,new', self.histories.text())
        self.assertEqual([], copied)


@ddt.ddt
class TestHostWithoutThePlugin(moving.SenderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.rpc.start_host(self.there)

    @ddt.data(True, False)
    def test_history_is_passed_to_the_fallback_if_there_is_one(self, has_fallback: bool) -> None:
        copied: list[bytes] = []
        fallback: Optional[Callable[[bytes], None]] = copied.append if has_fallback else None
        self.assertIs(has_fallback, self.send(fallback=fallback))
        self.assertEqual([b'oldest,older,new'] * has_fallback, copied)
        self.assertEqual([], self.warnings_about(self.server))

    def test_failure_of_the_fallback_is_logged(self) -> None:
        def fail(_: bytes) -> None:
            raise RuntimeError('no ssh')

        self.assertFalse(self.send(fallback=fail))
        warning, = self.warnings_about(self.server)
        self.assertIn('RuntimeError: no ssh', warning)


class TestCopyOver(moving.SenderTestCase):
    def test_history_is_copied_as_nova_copies_disks(self) -> None:
        copied: list[tuple[bytes, str, str]] = []

        def copy(source: str, destination: str, host: str) -> None:
            copied.append((Path(source).read_bytes(), destination, host))

        self.patch(libvirt_utils, 'copy_image', copy)
        sender.copy_over(b'history', '/instances/uuid/console.log', '10.0.0.2')
        self.assertEqual([(b'history', '/instances/uuid/console.log.0', '10.0.0.2')], copied)


class TestSendToReceiver(moving.SenderTestCase):
    """Nothing stands in for the receiver here."""

    def test_resize_on_one_host_needs_no_message_bus(self) -> None:
        server = self.make_server()
        self.make_migration(server, dest_compute='here')
        log = Path(base.nova_log_path(server))
        log.write_bytes(b',printed after')
        self.assertEqual({0}, self.sender.send(
            support.admin(), server, 'here', {0: str(self.log)}))
        self.assertEqual(b'oldest,older,new,printed after', files.read(log))

    def test_receiver_on_another_host_stores_the_history(self) -> None:
        server = self.make_server()
        self.make_migration(server, dest_compute=self.there, status='running')
        path = self.directory / 'there.log'
        conf = self.other_conf(self.there)
        self.rpc.start_host(self.there, peers.plugin(receiver.Receiver(conf, consoles.Consoles(
            libvirt.make_queries(), conf, lambda _: str(path)))))
        files.make(self.log, files.text(0, 700_000), files.text(0, 700_000))
        self.sender.send(support.admin(), server, self.there, {0: str(self.log)})
        self.assertEqual(
            files.read(self.log, self.conf.nova_ext.console_history_bytes), files.read(path))
        self.assertEqual([], self.warnings_about(server))
