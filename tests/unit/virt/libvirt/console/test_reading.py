# SPDX-License-Identifier: Apache-2.0
"""Console logs read by offset on a host, and looked at while nobody reads."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.virt.libvirt.console import index, privileged, reading, requirements
from tests.fixtures import libvirt
from tests.unit.virt.libvirt.console import domains, servers
from tests.unit.virt.libvirt.console import virtlogd_files as files


class ReadingTestCase(servers.StartsTestCase):
    """A server whose guest has printed ``printed``, and a :attr:`reader`."""

    def setUp(self) -> None:
        super().setUp()
        self.reader = reading.Reader(libvirt.make_queries(), self.consoles)

    def start(self) -> None:
        self.starts.prepare_logs(self.server, domains.domain(domains.tcp(
            log=str(self.nova_path), append='on')))

    def read(self, start: int = 0, port: int = 0) -> tuple[Any, ...]:
        return tuple(self.reader.read_console_log(self.server, start, 100, port))


@ddt.ddt
class TestRead(ReadingTestCase):
    def test_log_of_a_new_server_begins_with_offset_0(self) -> None:
        self.start()
        self.nova_path.write_bytes(b'printed')
        self.assertEqual((b'nted', 3, 7, 0), self.read(3))

    def test_log_of_a_server_that_was_started_elsewhere_begins_far_behind(self) -> None:
        self.server.launched_at = '2026-11-27T00:00:00Z'
        self.start()
        self.nova_path.write_bytes(b'printed')
        data, start, following, oldest = self.read()
        self.assertEqual((b'printed', 7, 0), (data, following - start, oldest - start))
        self.assertGreater(start, 10 ** 15)

    def test_restarted_server_goes_on(self) -> None:
        self.start()
        self.nova_path.write_bytes(b'printed')
        self.read()
        self.server.launched_at = '2026-11-27T00:00:00Z'
        self.start()
        files.read(self.nova_path)
        with self.nova_path.open('ab') as file:
            file.write(b' more')
        self.assertEqual((b' more', 7, 12, 0), self.read(7))

    def test_log_where_the_domain_says_is_read(self) -> None:
        log = self.directory / 'named.log'
        log.write_bytes(b'elsewhere')
        self.define(self.server, domains.tcp(log=str(log)), running=True)
        self.assertEqual(b'elsewhere', self.read()[0])

    def test_each_port_has_a_log_of_its_own(self) -> None:
        for name in ('named.log', 'named.log-port1'):
            (self.directory / name).write_text(f'in {name}')
        self.define(self.server, domains.tcp(
            3, log=str(self.directory / 'named.log'), logged=2), running=True)
        self.assertEqual([b'in named.log', b'in named.log-port1'],
                         [self.read(port=port)[0] for port in (0, 1)])

    @ddt.data(1, 2, 3, 4, -1)
    def test_port_that_is_not_logged_or_not_there_is_not_available(self, port: int) -> None:
        self.define(self.server, domains.tcp(2, log=str(self.nova_path)), running=True)
        Path(f'{self.nova_path}-port1').write_bytes(b'of an earlier start')
        with self.assert_raises(nova_exception.ConsoleNotAvailable) as caught:
            self.read(port=port)
        self.assertEqual(f'Server {self.server.uuid} has no serial port {port} that is logged on '
                         'its host.', str(caught.exception))

    @ddt.data((None, 'no console log of server {} on its host yet'),
              ('migrating', 'on its way to another host'))
    @ddt.unpack
    def test_missing_log_is_not_available(self, task_state: Any, words: str) -> None:
        self.server.task_state = task_state
        with self.assert_raises(
                nova_exception.ConsoleNotAvailable, words.format(self.server.uuid)):
            self.read()
        self.assertEqual([], list(self.server_directory.iterdir()))

    def test_log_that_cannot_be_read_is_not_available_and_warned_about(self) -> None:
        self.nova_path.mkdir()
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'Not a regular file'):
            self.read()
        self.assertIn('cannot be read by offset', self.warnings_about(self.server)[0])

    def test_guest_whose_console_is_not_logged_has_none(self) -> None:
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'is not logged'):
            self.read()

    def test_hanging_disk_is_not_waited_for(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        self.set_disk_timeout(0.2)
        self.patch(privileged, 'read_part_of_log', lambda *_: over.wait(20))
        began = time.monotonic()
        for _ in range(3):
            with self.assert_raises(exception.NotResponding, 'the disk with the console logs'):
                self.read()
        self.assertLess(time.monotonic() - began, 5)

    def test_hanging_disk_leaves_threads_of_the_privileged_daemon_to_nova(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        reads: list[str] = []

        def hang(path: str, *_: Any) -> None:
            reads.append(path)
            over.wait(20)

        self.patch(privileged, 'read_part_of_log', hang)
        self.conf.set_override('thread_pool_size', 8, 'nova_sys_admin')
        self.set_disk_timeout(0.2)
        for _ in range(5):
            self.server = self.make_server()
            with self.assert_raises(exception.NotResponding):
                self.read()
        # Each of two passes may hold one more.
        self.assertEqual(3, len(reads))


class TestNoteAll(ReadingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.start()
        self.define(self.server, domains.tcp(log=str(self.nova_path)), running=True)

    def test_running_guests_are_counted_before_virtlogd_deletes_what_they_printed(self) -> None:
        self.nova_path.write_bytes(b'first')
        self.reader.note_all()
        self.nova_path.rename(f'{self.nova_path}.0')
        self.nova_path.write_bytes(b'second')
        self.reader.note_all()
        Path(f'{self.nova_path}.0').unlink()
        self.assertEqual((b'second', 5, 11, 5), self.read())

    def test_further_ports_are_counted_as_well(self) -> None:
        path = Path(self.consoles.get_log_path(self.server, 3))
        privileged.begin_log(str(path), True)
        for printed in (b'first', b'second'):
            path.write_bytes(printed)
            self.reader.note_all()
            path.rename(self.directory / printed.decode())
        self.assertEqual(12, index.load(str(path)).end)  # type: ignore[union-attr]

    def test_disk_is_not_looked_at_in_this_process(self) -> None:
        directory = self.log_elsewhere()
        path = Path(self.consoles.get_log_path(self.server))
        self.patch(requirements, 'is_there', lambda _: self.fail('the disk does not answer'))
        privileged.begin_log(str(path), True)
        for printed in (b'first', b'second'):
            path.write_bytes(printed)
            self.reader.note_all()
            path.rename(directory / printed.decode())
        self.assertEqual(12, index.load(str(path)).end)  # type: ignore[union-attr]

    def test_failure_is_warned_about_once(self) -> None:
        self.nova_path.mkdir()
        for _ in range(3):
            self.reader.note_all()
        warning, = self.warnings_about(self.server)
        self.assertIn(f'{self.nova_path}: Not a regular file', warning)
        # An alert goes on for as long as the failure does.
        self.assertEqual({'console_log': 3}, self.consoles.failures.counts())
