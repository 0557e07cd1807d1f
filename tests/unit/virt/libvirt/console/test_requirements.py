# SPDX-License-Identifier: Apache-2.0
"""What a host logs at its start about what console logs need."""

from __future__ import annotations

import logging
import socket
import types

import ddt

from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import (
    consoles,
    logrotate,
    privileged,
    requirements,
    visibility,
)
from tests.unit.virt.libvirt.console import base


@ddt.ddt
class TestLogRequirements(base.ConsoleTestCase):
    def log_requirements(
            self, libvirt: int = 9_000_000, qemu: int = 7_002_000) -> list[tuple[int, str]]:
        """Return what is logged on a host with these versions, each with its level."""
        connection = types.SimpleNamespace(
            getLibVersion=lambda: libvirt, getVersion=lambda: qemu)
        of_host = queries.Queries(lambda: connection, 5)
        self.logs.clear()
        consoles.Consoles(of_host, self.conf, base.nova_log_path).log_requirements()
        return [(record.levelno, record.getMessage()) for record in self.logs.records]

    def configure(self, text: str) -> None:
        """Write libvirt's configuration of QEMU."""
        (self.libvirt_directory / 'qemu.conf').write_text(text)

    def test_versions_and_retention_are_logged_where_nothing_is_missing(self) -> None:
        self.configure('#\n')
        self.assertEqual([
            (logging.INFO, 'libvirt 9.0.0 can log consoles through virtlogd'),
            (logging.INFO, 'QEMU 7.2.0 can log consoles through virtlogd'),
            (logging.INFO,
             'virtlogd keeps 2097152 bytes and 3 older files of each console log')],
            self.log_requirements())

    @ddt.data(
        (1_003_002, 2_007_000,
         'libvirt 1.3.2 cannot log consoles through virtlogd; 1.3.3 or newer is required'),
        (1_003_003, 2_006_099,
         'QEMU 2.6.99 cannot log consoles through virtlogd; 2.7.0 or newer is required'))
    @ddt.unpack
    def test_version_that_is_too_old_is_an_error(
            self, libvirt: int, qemu: int, error: str) -> None:
        logged = self.log_requirements(libvirt, qemu)
        self.assertEqual(
            [error], [message for level, message in logged if level == logging.ERROR])

    def test_virtlogd_that_does_not_answer_is_an_error(self) -> None:
        self.configure('#\n')
        (self.libvirt_directory / 'libvirt-sock').touch()
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.ERROR, level)
        self.assertIn('virtlogd does not answer', message)
        self.assertIn('virtlogd.socket', message)

    def test_only_root_is_told_that_virtlogd_does_not_answer(self) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(13, 'Permission denied')

        self.configure('#\n')
        (self.libvirt_directory / 'libvirt-sock').touch()
        self.patch(socket.socket, 'connect', refuse)
        self.patch(privileged, 'get_refusal_of_virtlogd', lambda: 'Connection refused')
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.ERROR, level)
        self.assertIn('virtlogd-sock: Connection refused)', message)

    def test_logs_of_unlimited_size_are_warned_about(self) -> None:
        self.configure('stdio_handler = "file"\n')
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.WARNING, level)
        self.assertTrue(message.startswith('stdio_handler = "file" in '), message)
        self.assertNotIn('virtlogd keeps', self.logs.text)

    @ddt.data('no file', 'a directory', "another process's")
    def test_configuration_that_is_not_visible_is_a_warning(self, case: str) -> None:
        if case == 'a directory':
            (self.libvirt_directory / 'qemu.conf').mkdir()
            (self.libvirt_directory / 'virtlogd.conf').mkdir()
        elif case == "another process's":
            self.configure('stdio_handler = "logd"\n')
            self.patch(visibility, 'is_read_by_libvirt', lambda path: False)
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.WARNING, level)
        self.assertIn('how much it keeps, cannot be determined from here', message)
        self.assertNotIn('virtlogd keeps', self.logs.text)

    @ddt.data('a directory', "another process's")
    def test_retention_is_not_logged_if_it_is_not_visible(self, case: str) -> None:
        self.configure('#\n')
        if case == 'a directory':
            (self.libvirt_directory / 'virtlogd.conf').mkdir()
        else:
            self.patch(visibility, 'is_read_by_virtlogd', lambda path: False)
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.INFO, level)
        self.assertIn('how much it keeps cannot be determined from here', message)

    def test_check_that_fails_is_a_warning_and_the_others_are_made(self) -> None:
        def fail(path: str) -> str:
            raise PermissionError(13, 'Permission denied', path)

        self.conf.set_override(
            'console_log_directory', str(self.directory / 'gone'), 'nova_ext')
        self.patch(privileged, 'read_configuration', fail)
        self.patch(requirements, '_LIBVIRT', None)
        logged = self.log_requirements()
        self.assertEqual(
            [logging.WARNING, logging.WARNING, logging.ERROR, logging.WARNING],
            [level for level, _ in logged])
        self.assertIn('requirements of console logs: TypeError: ', logged[0][1])
        self.assertIn('requirements of console logs: PermissionError: ', logged[1][1])

    def test_missing_directory_is_an_error(self) -> None:
        directory = self.directory / 'gone'
        self.conf.set_override('console_log_directory', str(directory), 'nova_ext')
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.ERROR, level)
        self.assertIn(f'console_log_directory {directory} is not there', message)

    @ddt.data(True, False)
    def test_logrotate_that_rotates_the_logs_is_warned_about(self, elsewhere: bool) -> None:
        self.configure('#\n')
        rules = self.directory / 'logrotate'
        directory = self.make_directory()
        self.patch(logrotate, '_CONFIGURATIONS', (str(rules),))
        if elsewhere:
            self.conf.set_override('console_log_directory', str(directory), 'nova_ext')
            pattern = f'{directory}/*'
        else:
            self.conf.set_override('instances_path', str(directory))
            pattern = f'{directory}/*/console.log'
        rules.write_text(f'{directory}/*.log {{\n}}\n{pattern} {{\n}}\n')
        level, message = self.log_requirements()[-1]
        self.assertEqual(logging.WARNING, level)
        self.assertIn(f'as virtlogd does: {pattern} in {rules}. ', message)
        self.configure('stdio_handler = "file"\n')  # virtlogd does not
        self.log_requirements()
        self.assertNotIn('logrotate', self.logs.text)
