# SPDX-License-Identifier: Apache-2.0
"""virtlogd's configuration, and whether it answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Optional

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import privileged, virtlogd, visibility
from nova_ext.virt.libvirt.console.virtlogd import Retention
from tests.unit.virt.libvirt.console import base


class VirtlogdTestCase(base.ConsoleTestCase):
    """A host without libvirt."""

    def setUp(self) -> None:
        super().setUp()
        self.qemu_configuration = self.libvirt_directory / 'qemu.conf'

    def listen(self, name: str) -> socket.socket:
        """Listen on one of the sockets of libvirt until the test ends."""
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.addCleanup(server.close)
        server.bind(str(self.libvirt_directory / name))
        server.listen()
        return server


@ddt.ddt
class TestProblem(VirtlogdTestCase):
    """A host on which libvirt is configured to have virtlogd write the logs."""

    def setUp(self) -> None:
        super().setUp()
        self.qemu_configuration.write_text('#stdio_handler = "file"\n')

    def problem(self) -> Optional[str]:
        """Return why virtlogd cannot be reached."""
        return virtlogd.problem(privileged.read_configuration)

    def start_libvirt(self) -> None:
        """Have libvirt listen at its usual place."""
        self.listen('libvirt-sock')

    def make_refusing_socket(self) -> None:
        """Leave behind the socket of a virtlogd that no longer runs."""
        self.listen('virtlogd-sock').close()

    def test_virtlogd_that_answers_is_no_problem(self) -> None:
        self.start_libvirt()
        self.listen('virtlogd-sock')
        self.assertIsNone(self.problem())

    def test_refused_connection_is_a_problem(self) -> None:
        self.start_libvirt()
        self.make_refusing_socket()
        self.assertEqual(f'{virtlogd.SOCKET}: Connection refused', self.problem())

    def test_missing_socket_is_a_problem(self) -> None:
        self.start_libvirt()
        self.assertEqual(f'{virtlogd.SOCKET}: No such file or directory', self.problem())

    @ddt.data(False, True)
    def test_nothing_is_known_where_libvirt_listens_elsewhere(self, refused: bool) -> None:
        if refused:
            self.make_refusing_socket()
        self.assertIsNone(self.problem())

    def test_unused_virtlogd_is_no_problem(self) -> None:
        self.start_libvirt()
        self.assertTrue(self.problem())
        self.qemu_configuration.write_text('stdio_handler = "file"\n')
        self.assertIsNone(self.problem())

    def test_nothing_is_known_without_libvirt_configuration(self) -> None:
        self.start_libvirt()
        self.assertTrue(self.problem())
        self.qemu_configuration.unlink()
        self.assertIsNone(self.problem())

    def test_socket_that_only_root_may_connect_to_is_no_problem(self) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(13, 'Permission denied')

        self.start_libvirt()
        self.assertTrue(self.problem())
        self.patch(socket.socket, 'connect', refuse)
        self.assertIsNone(self.problem())

    def test_virtlogd_that_accepts_no_connection_is_a_problem(self) -> None:
        self.start_libvirt()
        with socket.socket(socket.AF_UNIX) as hanging, socket.socket(socket.AF_UNIX) as waiting:
            hanging.bind(virtlogd.SOCKET)
            hanging.listen(0)
            waiting.connect(virtlogd.SOCKET)
            self.assertEqual(
                f'{virtlogd.SOCKET}: Resource temporarily unavailable', self.problem())


@ddt.ddt
class TestSettings(VirtlogdTestCase):
    @ddt.data(
        ('', None), ('#name = "a"', None), ('names = "a"', None), ('my_name = "a"', None),
        ('name = "a"', 'a'), ("name = 'a'", 'a'), ('  name="a" # "b"', 'a'), ('name=7', '7'),
        ('name = 7# seven', '7'), ('other = 1\nname = "a"\nname = "b"\n', 'a'), ('name =', ''),
        ('name =\nother', ''), ('name\n= 7', None))
    @ddt.unpack
    def test_setting_is_read_as_libvirt_reads_it(self, text: str, value: Optional[str]) -> None:
        self.assertEqual(value, virtlogd.setting(text, 'name'))

    @ddt.data(
        (None, None), ('', None), ('#\n', 'logd'), ('stdio_handler = "logd"', 'logd'),
        ('stdio_handler = "file"', 'file'), ("stdio_handler = 'file'", 'file'),
        ('stdio_handler = "other"', None))
    @ddt.unpack
    def test_handler_is_the_one_in_libvirt_configuration(
            self, text: Optional[str], handler: Optional[str]) -> None:
        if text is not None:
            self.qemu_configuration.write_text(text)
        self.assertEqual(handler, virtlogd.handler(privileged.read_configuration))

    def test_handler_is_unknown_if_libvirt_reads_another_configuration(self) -> None:
        self.qemu_configuration.write_text('stdio_handler = "logd"\n')
        self.assertEqual('logd', virtlogd.handler(privileged.read_configuration))
        self.patch(visibility, 'is_read_by_libvirt', lambda path: False)
        self.assertIsNone(virtlogd.handler(privileged.read_configuration))

    @ddt.data(virtlogd.read, privileged.read_configuration)
    def test_directory_in_the_place_of_a_configuration_is_none(
            self, read: Callable[[str], str]) -> None:
        self.qemu_configuration.mkdir()
        Path(virtlogd.CONFIGURATION).mkdir()
        self.assertEqual(
            (None, Retention()), (virtlogd.handler(read), virtlogd.retention(read)))
        self.assertEqual('', read(f'{virtlogd.SOCKET}/below/a/missing/directory'))
        Path(virtlogd.SOCKET).touch()
        self.assertEqual('', read(f'{virtlogd.SOCKET}/below/a/file'))

    @ddt.data(
        ('', Retention(2 * 1024 * 1024, 3)), ('max_size = 16384\n', Retention(16384, 3)),
        ('max_backups = 0\n#max_size = 1', Retention(2 * 1024 * 1024, 0)),
        ('max_size = 1\nmax_backups = 9', Retention(1, 9)),
        ('max_size = much\nmax_backups = -1', Retention(2 * 1024 * 1024, 3)),
        ('max_size = \u00b2\nmax_backups = \u0661', Retention(2 * 1024 * 1024, 3)),
        (f'max_size = {"9" * 5000}\nmax_backups = {"9" * 18}',
         Retention(2 * 1024 * 1024, 10 ** 18 - 1)))
    @ddt.unpack
    def test_retention_is_configured_or_libvirt_default(
            self, text: str, retention: Retention) -> None:
        Path(virtlogd.CONFIGURATION).write_text(text)
        self.assertEqual(retention, virtlogd.retention(privileged.read_configuration))

    @hypothesis.given(strategies.text() | strategies.text().map('max_size = {}'.format))
    def test_unreadable_configuration_does_not_raise(self, text: str) -> None:
        kept = virtlogd.retention(lambda _: text)
        self.assertGreaterEqual(kept.max_size, 0)
        self.assertGreaterEqual(kept.max_backups, 0)
