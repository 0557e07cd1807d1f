# SPDX-License-Identifier: Apache-2.0
"""The directory for logs on a disk that does not answer, which nova-compute does not touch."""

from __future__ import annotations

import logging
from pathlib import Path

import ddt
from nova import exception as nova_exception

from nova_ext.virt.libvirt.console import places, privileged
from tests.unit.virt.libvirt.console import domains, servers, silent


class DirectoryTestCase(silent.SilentDiskMixin, servers.StartsTestCase):
    """Logs are in :attr:`logs_directory`, and :attr:`log` is the server's there."""

    def setUp(self) -> None:
        super().setUp()
        self.logs_directory = self.log_elsewhere()
        self.log = places.log_path(str(self.logs_directory), self.server.uuid, 'here')


@ddt.ddt
class TestWhereTheLogIs(DirectoryTestCase):
    @ddt.data(True, False)
    def test_daemon_alone_looks_for_the_directory(self, there: bool) -> None:
        self.patch(privileged, 'is_directory', lambda _: there)
        if there:
            self.logs_directory.rmdir()
        self.assertEqual(self.log if there else str(self.nova_path),
                         self.consoles.get_log_path(self.server))

    def test_directory_that_was_never_seen_is_assumed_to_be_there(self) -> None:
        self.hang('is_directory')
        for _ in range(3):
            self.assertEqual(self.log, self.consoles.get_log_path(self.server))
        self.assert_in_time()
        self.assertEqual(['is_directory'], self.calls)
        first, second, _ = self.warnings_about(self.server)
        self.assertEqual(
            f'Assuming that [nova_ext] console_log_directory {self.logs_directory} is there: '
            'NotResponding: no answer from the disk with the console logs within 0.2 s', first)
        self.assertIn('an earlier question', second)

    @ddt.data((True, 'still there'), (False, 'still missing'))
    @ddt.unpack
    def test_directory_is_assumed_to_be_as_it_was_seen_last(self, seen: bool, words: str) -> None:
        if not seen:
            self.logs_directory.rmdir()
        self.consoles.get_log_path(self.server)
        self.hang('is_directory')
        self.assertEqual(self.log if seen else str(self.nova_path),
                         self.consoles.get_log_path(self.server))
        warning, = self.warnings_about(self.server)
        self.assertIn(f'{self.logs_directory} is {words}: ', warning)

    def test_daemon_that_has_ended_does_not_fail_a_start(self) -> None:
        def fail(_: str) -> bool:
            raise RuntimeError('the daemon has ended')

        self.patch(privileged, 'is_directory', fail)
        self.assertEqual(self.log, self.consoles.get_log_path(self.server))
        self.assertIn('RuntimeError: the daemon has ended', self.warnings_about(self.server)[0])

    def test_all_ports_of_a_server_without_a_guest_take_one_look(self) -> None:
        self.hang('is_directory')
        paths = self.consoles.get_current_log_paths(self.server)
        self.assertEqual([self.log, f'{self.log}-port3'], [paths[0], paths[3]])
        self.assertEqual(1, len(self.warnings_about(self.server)))

    def test_log_of_a_server_without_a_guest_is_not_said_to_be_empty(self) -> None:
        self.hang('is_directory', 'read_log')
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'is still not answered'):
            self.consoles.get_output(self.server, 100)
        self.assert_in_time()

    def test_silence_is_an_error_at_the_start_of_nova_compute(self) -> None:
        self.hang('is_directory')
        self.consoles.log_requirements()
        self.assert_in_time()
        error, = [record.getMessage() for record in self.logs.records
                  if record.levelno == logging.ERROR and 'directory' in record.getMessage()]
        self.assertIn(f'{self.logs_directory} does not answer (no answer from ', error)


@ddt.ddt
class TestStart(DirectoryTestCase):
    def prepare(self, append: str) -> None:
        self.starts.prepare_logs(self.server, domains.domain(domains.tcp(
            log=self.log, append=append)))

    @ddt.data('on', 'off')
    def test_log_on_a_silent_disk_is_not_prepared(self, append: str) -> None:
        self.hang('is_log_of_root', 'begin_log_anew', 'move_log_on', 'begin_log')
        self.prepare(append)
        self.assert_in_time()
        self.assertEqual(['is_log_of_root'], self.calls)
        warning, = self.warnings_about(self.server)
        self.assertIn('start of the guest: NotResponding: no answer from the disk', warning)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())

    @ddt.data((True, []), (False, ['moved']))
    @ddt.unpack
    def test_daemon_alone_looks_whose_the_log_is(self, of_root: bool, expected: list[str]) -> None:
        moved: list[str] = []
        Path(self.log).touch()
        self.patch(privileged, 'is_log_of_root', lambda _: of_root)
        self.patch(privileged, 'move_log_on', lambda *_: moved.append('moved'))
        self.prepare('on')
        self.assertEqual(expected, moved)
