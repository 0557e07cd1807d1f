# SPDX-License-Identifier: Apache-2.0
"""Histories that come to a host whose disk with the logs does not answer, or are to leave it."""

from __future__ import annotations

import errno
from typing import Any

import ddt
import oslo_messaging as messaging

from nova_ext import exception
from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import consoles, offsets, privileged, receiver
from tests.fixtures import libvirt
from tests.unit import support
from tests.unit.virt.libvirt.console import moving, peers, silent
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestSilentDisk(silent.SilentDiskMixin, moving.ReceiverTestCase):
    def make_returning_server(self) -> Any:
        """Return a server whose resize to another host is being reverted."""
        server = self.make_server(host='there', task_state='resize_reverting')
        self.make_migration(server, status='reverting')
        return server

    def wait_for_disk(self) -> None:
        """Have the disk answer, and wait until all that it was asked for is done or not done."""
        self.over.set()

        def answers() -> bool:
            try:
                return self.consoles.disk.call(self.server.uuid, lambda: True)
            except exception.NotResponding:
                return False

        self.assert_eventually(answers)

    @ddt.data((False, False, 'insert_as_oldest_log'), (True, False, 'is_directory'),
              (True, True, 'append_to_log'))
    @ddt.unpack
    def test_piece_is_refused_in_time(self, returns: bool, elsewhere: bool, call: str) -> None:
        if returns:
            self.server = self.make_returning_server()
        if elsewhere:
            self.log_elsewhere()
        self.hang(call)
        with self.assert_raises(OSError, 'no answer from the disk with the console logs'):
            self.transfer(b'printed there').send()
        self.assert_in_time()
        self.assertEqual([call], self.calls)

    def test_it_is_an_expected_error_of_the_endpoint(self) -> None:
        self.hang('insert_as_oldest_log')
        piece, = console_history.split(b'printed there')
        with self.assert_raises(messaging.ExpectedException):
            peers.plugin(self.receiver).add_console_history(
                support.admin(), self.server.uuid, **console_history.encode(piece))
        self.assert_in_time()

    def test_threads_of_the_privileged_daemon_are_left_to_nova(self) -> None:
        self.conf.set_override('thread_pool_size', 8, 'nova_sys_admin')
        self.set_disk_timeout(0.2)
        self.hang('insert_as_oldest_log')
        for _ in range(5):
            self.server = self.make_arriving_server()
            with self.assert_raises(OSError):
                self.transfer(b'printed there').send()
        self.assertEqual(3, len(self.calls))
        self.assert_in_time()

    def test_piece_that_comes_again_is_not_said_to_be_in_its_place(self) -> None:
        transfer = self.transfer(b'printed there')
        self.hang('insert_as_oldest_log')
        with self.assert_raises(OSError):
            transfer.send()
        self.assertEqual([False], transfer.send())
        self.wait_for_disk()
        self.assertEqual([False], transfer.send())
        self.assertEqual(b'', files.read(self.log))

    @ddt.data(True, False)
    def test_what_nobody_waits_for_is_not_put_anywhere(self, returns: bool) -> None:
        if returns:
            self.server = self.make_returning_server()
        self.log.write_bytes(b'printed here')
        # The daemon has the call, and goes no further than the log, on which another works.
        with offsets.locked(str(self.log)):
            with self.assert_raises(OSError):
                self.transfer(b'printed there').send()
        self.wait_for_disk()
        self.assertEqual({'console.log': b'printed here'}, {
            file.name: file.read_bytes() for file in self.log.parent.iterdir()})
        self.transfer(b', later').send()
        self.assertEqual(
            b'printed here, later' if returns else b', laterprinted here', files.read(self.log))


@ddt.ddt
class TestAnotherHost(silent.SilentDiskMixin, moving.SenderTestCase):
    """Another host, to which a history is sent over the message bus."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.make_server()
        self.make_migration(self.server, dest_compute=self.there, status='running')
        conf = self.other_conf(self.there)
        there = consoles.Consoles(
            libvirt.make_queries(), conf, lambda _: str(self.directory / 'there.log'))
        self.rpc.start_host(self.there, peers.plugin(receiver.Receiver(conf, there)))

    @ddt.data('silent', 'soft mount')
    def test_sender_logs_and_counts_why_the_history_does_not_arrive(self, case: str) -> None:
        def fail(*_: Any) -> bool:
            raise TimeoutError(errno.ETIMEDOUT, 'Connection timed out')

        if case == 'silent':
            self.hang('insert_as_oldest_log')
        else:
            self.patch(privileged, 'insert_as_oldest_log', fail)
        self.assertEqual(frozenset(), self.sender.send(
            support.admin(), self.server, self.there, {0: str(self.log)}))
        warning, = self.warnings_about(self.server)
        self.assertIn(f'Compute host {self.there} refused: ', warning)
        self.assertIn('no answer from the disk with the console logs' if case == 'silent'
                      else 'Connection timed out', warning)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())
        self.assertNotIn('message handling', self.logs.text)


class TestResize(silent.SilentDiskMixin, moving.MovesTestCase):
    def test_directory_that_nova_has_put_aside_is_not_looked_for_for_long(self) -> None:
        server = self.make_server()
        self.make_migration(server)
        self.hang('is_directory')
        with self.assert_raises(exception.NotResponding, 'no answer from the disk'):
            self.moves.migrate_disk_and_power_off(support.admin(), server)
        self.assert_in_time()
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())
