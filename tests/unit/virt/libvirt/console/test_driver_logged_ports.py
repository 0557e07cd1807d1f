# SPDX-License-Identifier: Apache-2.0
"""The driver where it gives serial ports after the first a log, and deletes that."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import ddt

from nova_ext.virt.libvirt.console import config, starting
from tests.unit import support
from tests.unit.virt.libvirt.console import guests
from tests.unit.virt.libvirt.console import virtlogd_files as files

PROPERTY = f'image_{starting.IMAGE_PROPERTY}'


class LoggedPortsTestCase(guests.GuestsTestCase):
    """Servers whose guests have three serial ports."""

    def make(self, wanted: Optional[str] = None, ports: int = 3) -> Any:
        """Return a server whose image says how many ports are logged, or does not."""
        server = self.make_server_with_ports(ports)
        if wanted is not None:
            server.system_metadata = {PROPERTY: wanted}
        return server

    def paths(self, server: Any) -> dict[int, str]:
        """Return where the ports of the guest of a server are logged."""
        return config.log_paths(
            self.connection.lookupByUUIDString(server.uuid).XMLDesc())

    def warnings(self, server: Any) -> list[str]:
        """Return what was warned about, but for metadata, which these tests do without."""
        return [text for text in self.warnings_about(server) if 'metadata' not in text]

    def expected(self, server: Any, *ports: int) -> dict[int, str]:
        """Return where these ports of a server are logged by default."""
        log = f'{self.instances}/{server.uuid}/console.log'
        return {port: f'{log}-port{port}' if port else log for port in ports}


@ddt.ddt
class TestWanted(LoggedPortsTestCase):
    @ddt.data(
        (1, None, (0,)), (2, None, (0, 1)), (4, None, (0, 1, 2)), (1, '2', (0, 1)),
        (3, '1', (0,)), (1, '4', (0, 1, 2)))
    @ddt.unpack
    def test_image_says_how_many_ports_are_logged_or_else_the_option(
            self, option: int, wanted: Optional[str], ports: tuple[int, ...]) -> None:
        self.conf.set_override('console_log_ports', option, 'nova_ext')
        server = self.make(wanted)
        self.start(server)
        self.assertEqual(self.expected(server, *ports), self.paths(server))
        self.assertEqual([], self.warnings(server))

    @ddt.data('0', '5', '-1', 'two', '', '1.5', ' 2', '²', '2\n', '9' * 255)
    def test_property_that_is_no_number_of_ports_is_warned_about_and_ignored(
            self, wanted: str) -> None:
        self.conf.set_override('console_log_ports', 2, 'nova_ext')
        server = self.make(wanted)
        self.start(server)
        self.assertEqual(self.expected(server, 0, 1), self.paths(server))
        self.assertEqual(
            [f'Ignoring the image property nova_ext_console_log_ports={wanted!r}, which is no '
             'number from 1 to 4'], self.warnings(server))

    def test_guest_with_one_port_has_one_log(self) -> None:
        server = self.make('4', ports=1)
        self.start(server)
        self.assertEqual(self.expected(server, 0), self.paths(server))

    def test_guest_without_serial_ports_has_one_log(self) -> None:
        self.conf.set_override('enabled', False, 'serial_console')
        server = self.make('4')
        self.start(server)
        self.assertEqual(self.expected(server, 0), self.paths(server))

    def test_server_whose_record_is_incomplete_starts_with_one_log(self) -> None:
        self.conf.set_override('console_log_ports', 2, 'nova_ext')
        server = self.make()
        self.patch(self.driver._nova_ext.starts, 'count_logged', fail)
        self.start(server)
        self.assertEqual(self.expected(server, 0), self.paths(server))
        self.assertEqual(
            ['Failed to enable logging of additional serial ports: RuntimeError: broken'],
            self.warnings(server))


class TestLife(LoggedPortsTestCase):
    """The two logs of a server."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.make('2')
        self.start(self.server)
        self.second = Path(self.expected(self.server, 1)[1])

    def read(self, port: int, start: int = 0) -> tuple[Any, ...]:
        """Return what is read by offset."""
        return tuple(self.driver._nova_ext.console_logs.read_console_log(
            self.server, start, 100, port))

    def write(self, text: bytes) -> None:
        """Print on the second port, as virtlogd does it."""
        with self.second.open('ab') as file:
            file.write(text)

    def test_offsets_of_a_port_are_its_own_over_starts(self) -> None:
        self.write(b'second')
        self.assertEqual((b'second', 0, 6, 0), self.read(1))
        self.server.launched_at = '2026-11-27T00:00:00Z'
        self.hard_reboot(self.server)
        files.read(self.second)
        self.write(b' again')
        self.assertEqual((b' again', 6, 12, 0), self.read(1, 6))
        self.assertEqual({'on'}, set(self.appended()))

    def appended(self) -> list[str]:
        """Return how each log of the guest is opened."""
        xml = self.connection.lookupByUUIDString(self.server.uuid).XMLDesc()
        return [part.partition("'")[0] for part in xml.split("append='")[1:]]

    def test_image_of_a_rescue_does_not_count(self) -> None:
        self.rescue(self.server)
        self.assertEqual([0, 1], list(self.paths(self.server)))
        self.driver.unrescue(support.admin(), self.server)
        self.assertEqual([0, 1], list(self.paths(self.server)))

    def test_port_that_begins_anew_keeps_its_newest_part(self) -> None:
        self.write(b'before')
        self.configure_handler('file')
        self.hard_reboot(self.server)
        self.assertEqual(b'before', Path(f'{self.second}.999').read_bytes())
        self.assertFalse(self.second.exists() and self.second.read_bytes())

    def test_logs_elsewhere_are_deleted_with_the_server(self) -> None:
        directory = self.log_elsewhere()
        self.hard_reboot(self.server)
        second = Path(self.paths(self.server)[1])
        self.assertEqual(directory / f'{self.server.uuid}-here.console-port1', second)
        files.make(second, b'new', b'old')
        self.read(1)
        self.server.task_state = 'deleting'
        self.driver.delete_instance_files(self.server)
        self.assertEqual([], list(directory.iterdir()))


def fail(*_: Any) -> None:
    """Stand in for a function with a bug."""
    raise RuntimeError('broken')
