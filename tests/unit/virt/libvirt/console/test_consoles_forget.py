# SPDX-License-Identifier: Apache-2.0
"""Logs of servers that leave a host for good."""

from __future__ import annotations

from pathlib import Path

from nova_ext.virt.libvirt.console import privileged
from tests.unit.virt.libvirt.console import base, domains
from tests.unit.virt.libvirt.console import virtlogd_files as files


class TestForget(base.ConsolesTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.logs_directory = self.log_elsewhere()
        self.log = Path(self.consoles.get_log_path(self.server))

    def test_log_elsewhere_is_deleted_with_its_rotated_files(self) -> None:
        files.make(self.log, b'a', b'b', b'c')
        (self.logs_directory / 'another-here.console').touch()
        self.consoles.forget_all(self.server)
        self.assertEqual(
            ['another-here.console'], [file.name for file in self.logs_directory.iterdir()])

    def test_log_where_the_guest_was_started_is_deleted_as_well(self) -> None:
        before = self.make_directory() / 'instance-0000002a-serial0.log'
        files.make(before, b'a', b'b')
        self.log.touch()
        self.define(self.server, domains.tcp(log=str(before)))
        self.consoles.forget_all(self.server)
        self.assertEqual([], [*before.parent.iterdir(), *self.logs_directory.iterdir()])

    def test_log_in_the_directory_of_the_server_is_left_to_nova(self) -> None:
        self.nova_path.write_bytes(b'a')
        self.define(self.server, domains.tcp(log=str(self.nova_path)))
        self.consoles.forget_all(self.server)
        self.assertEqual(b'a', files.read(self.nova_path))

    def test_log_that_cannot_be_deleted_is_warned_about(self) -> None:
        self.log.mkdir()
        self.consoles.forget_all(self.server)
        warning, = self.warnings_about(self.server)
        self.assertIn(f'{self.log} is left behind: IsADirectoryError', warning)

    def test_failure_of_the_privileged_daemon_is_warned_about(self) -> None:
        def fail(path: str) -> None:
            raise RuntimeError('the daemon has ended')

        self.patch(privileged, 'remove_log', fail)
        self.consoles.forget_all(self.server)
        warning, = self.warnings_about(self.server)
        self.assertIn('RuntimeError: the daemon has ended', warning)
