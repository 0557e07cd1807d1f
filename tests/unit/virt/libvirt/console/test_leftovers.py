# SPDX-License-Identifier: Apache-2.0
"""Logs of servers that leave a host for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import ddt

from nova_ext.virt.libvirt.console import history, leftovers, privileged
from tests.unit.virt.libvirt.console import domains, servers
from tests.unit.virt.libvirt.console import virtlogd_files as files


class LeftoversTestCase(servers.ConsolesTestCase):
    """A host that logs consoles in :attr:`logs_directory`, that of the server in :attr:`log`."""

    def setUp(self) -> None:
        super().setUp()
        self.logs_directory = self.log_elsewhere()
        self.log = Path(self.consoles.get_log_path(self.server))
        self.leftovers = leftovers.Leftovers(self.conf, self.consoles)


@ddt.ddt
class TestDeleteWithFiles(LeftoversTestCase):
    def test_log_elsewhere_is_deleted_with_its_rotated_files(self) -> None:
        files.make(self.log, b'a', b'b', b'c')
        (self.logs_directory / 'another-here.console').touch()
        self.leftovers.delete_with_files(self.server)
        self.assertEqual(
            ['another-here.console'], [file.name for file in self.logs_directory.iterdir()])

    def test_log_where_the_guest_was_started_is_deleted_as_well(self) -> None:
        before = self.make_directory() / 'instance-0000002a-serial0.log'
        files.make(before, b'a', b'b')
        self.log.touch()
        self.define(self.server, domains.tcp(log=str(before)))
        self.leftovers.delete_with_files(self.server)
        self.assertEqual([], [*before.parent.iterdir(), *self.logs_directory.iterdir()])

    def test_log_of_a_port_that_is_not_logged_any_more_is_deleted_as_well(self) -> None:
        self.define(self.server, domains.tcp(2, log=str(self.log)))
        files.make(Path(f'{self.log}-port1'), b'a', b'b')
        self.leftovers.delete_with_files(self.server)
        self.assertEqual([], list(self.logs_directory.iterdir()))

    def test_log_in_the_directory_of_the_server_is_left_to_nova(self) -> None:
        self.nova_path.write_bytes(b'a')
        self.define(self.server, domains.tcp(log=str(self.nova_path)))
        self.leftovers.delete_with_files(self.server)
        self.assertEqual(b'a', files.read(self.nova_path))

    @ddt.data(
        ('deleting', 'active', 'here', []), (None, 'soft-delete', 'here', []),
        ('migrating', 'active', 'here', ['log', 'log.kept']),
        ('migrating', 'active', 'there', ['log.kept']),
        ('resize_migrating', 'active', 'here', ['log', 'log.kept']),
        ('resize_reverting', 'resized', 'there', ['log', 'log.kept']),
        (None, 'active', 'there', ['log.kept']))
    @ddt.unpack
    def test_only_copy_is_deleted_with_the_server_alone(
            self, task_state: Optional[str], vm_state: str, host: str, left: list[str]) -> None:
        """Nova deletes the files of a server that has migrated, too, or fails to arrive."""
        files.make(self.log, b'a')
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        files.make(self.log, b'b')
        self.server.task_state, self.server.vm_state = task_state, vm_state
        self.server.host = host
        self.leftovers.delete_with_files(self.server)
        self.assertEqual(
            [name.replace('log', self.log.name) for name in left],
            sorted(file.name for file in self.logs_directory.iterdir()))

    def test_directory_that_is_not_there_has_nothing_to_delete(self) -> None:
        self.logs_directory.rmdir()
        self.leftovers.delete_with_files(self.server)
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.assertEqual([], self.warnings_about(self.server))

    def test_log_that_cannot_be_deleted_is_warned_about(self) -> None:
        self.log.mkdir()
        self.leftovers.delete_with_files(self.server)
        warning, = self.warnings_about(self.server)
        self.assertIn(f'delete or keep the console log {self.log}: IsADirectoryError', warning)

    def test_failure_of_the_privileged_daemon_is_warned_about(self) -> None:
        def fail(path: str, aside: bool) -> None:
            raise RuntimeError('the daemon has ended')

        self.patch(privileged, 'remove_log', fail)
        self.leftovers.delete_with_files(self.server)
        warnings = self.warnings_about(self.server)
        self.assertEqual(4, len(warnings))  # a log for each serial port
        for warning in warnings:
            self.assertIn('RuntimeError: the daemon has ended', warning)


class TestLeave(LeftoversTestCase):
    """The server has left the host."""

    def setUp(self) -> None:
        super().setUp()
        self.kept = Path(f'{self.log}.kept')
        files.make(self.log, b'c', b'b', b'a')

    def test_log_that_has_arrived_elsewhere_is_deleted(self) -> None:
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=True)
        self.assertEqual([], list(self.logs_directory.iterdir()))

    def test_only_copy_is_kept_under_another_name(self) -> None:
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.assertEqual(b'', files.read(self.log))
        self.assertEqual(b'abc', files.read(self.kept))
        warning, = self.warnings_about(self.server)
        self.assertIn(f'stays on this host as {self.kept}, because it has not arrived', warning)

    def test_what_a_server_prints_when_it_is_back_is_not_mixed_with_what_was_kept(self) -> None:
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.log.write_bytes(b'd')
        self.assertEqual(b'd', self.consoles.get_output(self.server, 100))
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.assertEqual(b'd', files.read(self.kept))
        self.assertEqual([self.kept], list(self.logs_directory.iterdir()))

    def test_missing_log_is_not_warned_about(self) -> None:
        history.remove(str(self.log), aside=False)
        self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.assertEqual([], self.warnings_about(self.server))

    def test_log_in_the_directory_of_the_server_is_left_to_nova(self) -> None:
        self.nova_path.write_bytes(b'a')
        self.leftovers.discard_or_keep(str(self.nova_path), self.server, sent=False)
        self.leftovers.note_sent(str(self.nova_path), self.server, sent=True)
        self.leftovers.discard_or_keep_recorded(str(self.nova_path), self.server)
        self.assertEqual([self.nova_path], list(self.server_directory.iterdir()))


@ddt.ddt
class TestLeaveNoted(LeftoversTestCase):
    """The server was resized away, and that is confirmed."""

    @ddt.data(((), True), ((True,), False), ((True, False), True))
    @ddt.unpack
    def test_log_is_kept_unless_it_was_noted_that_it_arrived(
            self, noted: tuple[bool, ...], kept: bool) -> None:
        files.make(self.log, b'b', b'a')
        for sent in noted:
            self.leftovers.note_sent(str(self.log), self.server, sent=sent)
        self.assertEqual(b'ab', files.read(self.log))
        leftovers.Leftovers(self.conf, self.consoles).discard_or_keep_recorded(
            str(self.log), self.server)
        self.assertEqual([f'{self.log.name}.kept', f'{self.log.name}.kept.0'] * kept,
                         sorted(file.name for file in self.logs_directory.iterdir()))

    @ddt.data('mark_log_sent', 'is_log_sent', 'set_log_aside')
    def test_failure_is_warned_about_and_deletes_nothing(self, function: str) -> None:
        def fail(*_: Any) -> None:
            raise OSError(5, 'the disk is broken')

        self.log.write_bytes(b'a')
        self.patch(privileged, function, fail)
        if function == 'mark_log_sent':
            self.leftovers.note_sent(str(self.log), self.server, sent=True)
        self.leftovers.discard_or_keep_recorded(str(self.log), self.server)
        self.assertIn('OSError: [Errno 5] the disk is broken',
                      self.warnings_about(self.server)[0])
        file, = self.logs_directory.iterdir()
        self.assertEqual(b'a', file.read_bytes())
        self.assertEqual({'console_log': int(function == 'set_log_aside')},
                         self.consoles.failures.counts())
