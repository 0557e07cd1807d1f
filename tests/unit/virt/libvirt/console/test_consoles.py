# SPDX-License-Identifier: Apache-2.0
"""Where consoles are logged, and what is read from there."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, Optional

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import privileged
from tests.unit.virt.libvirt.console import domains, servers
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestConsoles(servers.ConsolesTestCase):
    def test_log_is_where_nova_has_it_by_default(self) -> None:
        path = self.consoles.get_log_path(self.server)
        self.assertEqual(str(self.nova_path), path)
        self.assertFalse(self.consoles.is_elsewhere(path, self.server))

    def test_log_is_in_the_configured_directory(self) -> None:
        directory = self.log_elsewhere()
        path = self.consoles.get_log_path(self.server)
        self.assertEqual(f'{directory}/{self.server.uuid}-here.console', path)
        self.assertTrue(self.consoles.is_elsewhere(path, self.server))

    @ddt.data(
        ('compute-1.example.org', 'compute-1.example.org'), ('fd00::1', 'fd00__1'),
        (f'h1{".h" * 100}', f'h1{".h" * 63}'))
    @ddt.unpack
    def test_log_has_the_name_of_the_host(self, host: str, name: str) -> None:
        directory = self.log_elsewhere()
        self.conf.set_override('host', host)
        self.assertEqual(f'{directory}/{self.server.uuid}-{name}.console',
                         self.consoles.get_log_path(self.server))

    def test_new_server_does_not_get_the_log_of_an_old_one_with_its_name(self) -> None:
        self.log_elsewhere()
        self.conf.set_override('instance_name_template', 'instance-0000002a')
        Path(self.consoles.get_log_path(self.server)).write_bytes(b'secret of a tenant')
        new = self.make_server(project_id='c' * 32)
        self.assertEqual(self.server.name, new.name)
        self.assertEqual(b'', self.consoles.get_output(new, 100))

    def test_log_is_where_nova_has_it_when_the_configured_directory_is_missing(self) -> None:
        self.log_elsewhere().rmdir()
        self.assertEqual(str(self.nova_path), self.consoles.get_log_path(self.server))

    @ddt.data(True, False)
    def test_current_log_is_the_one_that_the_guest_was_started_with(self, running: bool) -> None:
        self.log_elsewhere()
        self.define(self.server, domains.tcp(log='/before/log'), running=running)
        self.assertEqual('/before/log', self.consoles.get_current_log_paths(self.server)[0])

    @ddt.data(None, '')
    def test_current_log_is_the_default_without_a_guest_or_a_log_in_it(
            self, devices: Optional[str]) -> None:
        if devices is not None:
            self.define(self.server, devices)
        self.assertEqual(str(self.nova_path), self.consoles.get_current_log_paths(self.server)[0])

    def test_current_log_is_the_default_while_libvirt_does_not_answer(self) -> None:
        def fail(*arguments: Any) -> None:
            raise exception.HypervisorNotResponding('no answer from libvirt')

        self.define(self.server, domains.tcp(log='/before/log'))
        self.patch(queries.Queries, 'ask_about', fail)
        self.assertEqual(str(self.nova_path), self.consoles.get_current_log_paths(self.server)[0])
        self.assertIn('no answer from libvirt', self.logs.text)

    @ddt.data(('kvm', True), ('qemu', True), ('lxc', False), ('parallels', False))
    @ddt.unpack
    def test_consoles_are_logged_where_qemu_runs_the_guests(
            self, virt_type: str, logged: bool) -> None:
        self.conf.set_override('virt_type', virt_type, 'libvirt')
        self.assertIs(logged, self.consoles.are_logged)


@ddt.ddt
class TestOutput(servers.ConsolesTestCase):
    def test_newest_output_is_returned_over_all_files(self) -> None:
        files.make(self.nova_path, b'new', b'older,', b'oldest,')
        self.assertEqual(b'oldest,older,new', self.consoles.get_output(self.server, 100))
        self.assertEqual(b'r,new', self.consoles.get_output(self.server, 5))

    @ddt.data('log', 'directory')
    def test_output_is_empty_without_a_log(self, missing: str) -> None:
        if missing == 'directory':
            self.server_directory.rmdir()
        self.assertEqual(b'', self.consoles.get_output(self.server, 100))

    @ddt.data(True, False)
    def test_output_is_empty_if_the_log_is_linked_to_the_null_device(
            self, defined: bool) -> None:
        self.nova_path.symlink_to('/dev/null')
        if defined:
            self.define(self.server, domains.tcp(log=str(self.nova_path)), running=True)
        self.assertEqual(b'', self.consoles.get_output(self.server, 100))
        self.assertEqual([], self.warnings_about(self.server))

    @ddt.data('migrating', 'resize_migrated', 'resize_reverting')
    def test_output_is_not_available_while_the_server_moves(self, task_state: str) -> None:
        self.server.task_state = task_state
        self.server_directory.rmdir()
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'on its way'):
            self.consoles.get_output(self.server, 100)

    def test_error_says_why_the_log_cannot_be_read(self) -> None:
        os.mkfifo(self.nova_path)
        with self.assert_raises(nova_exception.ConsoleNotAvailable) as caught:
            self.consoles.get_output(self.server, 100)
        self.assertEqual(
            f'The console log of server {self.server.uuid} cannot be read on its host: '
            'Not a regular file.', str(caught.exception))
        warning, = self.warnings_about(self.server)
        self.assertIn(str(self.nova_path), warning)

    def test_error_for_the_caller_does_not_contain_the_path(self) -> None:
        def fail(path: str, *_: Any, **__: Any) -> None:
            raise PermissionError(errno.EACCES, 'Permission denied', path)

        self.patch(privileged, 'read_log', fail)
        with self.assert_raises(
                nova_exception.ConsoleNotAvailable, 'Permission denied') as caught:
            self.consoles.get_output(self.server, 100)
        self.assertNotIn(str(self.nova_path), str(caught.exception))
