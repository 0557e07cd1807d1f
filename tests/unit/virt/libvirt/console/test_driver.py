# SPDX-License-Identifier: Apache-2.0
"""The driver where it makes a guest's consoles, reads their logs and deletes them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, Optional

import ddt
from lxml import etree
from nova import exception as nova_exception
from nova import objects
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt.console import config
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains
from tests.unit.virt.libvirt.console import virtlogd_files as files


def logs(devices: list[Any]) -> list[Any]:
    """Return the file of each device's log and whether that is appended to, or None."""
    return [device.log and (device.log.file, device.log.append) for device in devices]


@ddt.ddt
class TestCreateConsoles(base.DriverTestCase):
    def create(self, driver: Any, architecture: str = 'x86_64', ports: int = 1) -> list[Any]:
        """Return the consoles that a driver gives a guest when it starts it."""
        guest = nova_config.LibvirtConfigGuest()
        guest.uuid = self.server.uuid
        driver._create_consoles(
            guest, self.server, objects.Flavor(extra_specs={'hw:serial_port_count': ports}),
            objects.ImageMeta.from_dict({'properties': {
                'hw_architecture': architecture, 'hw_emulation_architecture': architecture}}))
        return list(guest.devices)

    @ddt.data(
        ('x86_64', nova_config.LibvirtConfigGuestSerial),
        ('s390x', nova_config.LibvirtConfigGuestConsole))
    @ddt.unpack
    def test_without_serial_consoles_guest_has_a_pty_whose_log_is_appended_to(
            self, architecture: str, kind: type) -> None:
        device, = self.create(self.driver, architecture)
        self.assertEqual((kind, 'pty'), (type(device), device.type))
        self.assertEqual([(str(self.log), 'on')], logs([device]))

    @ddt.data('x86_64', 's390x')
    def test_log_is_not_appended_to_where_virtlogd_does_not_limit_it(
            self, architecture: str) -> None:
        self.configure_handler('file')
        self.assertEqual(
            [(str(self.log), 'off')], logs(self.create(self.driver, architecture)))

    @ddt.data(*itertools.product((1, 2, 3, 4), ('x86_64', 's390x')))
    @ddt.unpack
    def test_guest_has_up_to_four_ports_and_the_first_is_logged(
            self, ports: int, architecture: str) -> None:
        self.enable_serial_ports()
        self.conf.set_override('allow_four_serial_ports', True, 'nova_ext')
        devices = self.create(self.driver, architecture, ports)
        self.assertEqual(['tcp'] * ports, [device.type for device in devices])
        self.assertEqual(
            self.ports, {(device.listen_host, device.listen_port) for device in devices})
        self.assertEqual([(str(self.log), 'on')] + [None] * (ports - 1), logs(devices))

    @ddt.data('x86_64', 's390x')
    def test_ports_are_the_devices_that_nova_makes(self, architecture: str) -> None:
        self.enable_serial_ports()
        stock = self.create(self.make_stock_driver(), architecture, 3)
        self.ports.clear()
        stock[0].log.append = 'on'
        expected, actual = ([
            (type(device), etree.tostring(device.format_dom())) for device in devices]
            for devices in (stock, self.create(self.driver, architecture, 3)))
        self.assertEqual(expected, actual)

    @ddt.data(*itertools.product((3, 4, 5), ('x86_64', 's390x')))
    @ddt.unpack
    def test_nova_can_start_every_guest_that_can_be_started_by_default(
            self, ports: int, architecture: str) -> None:
        def number(driver: Any) -> int:
            self.ports.clear()
            try:
                return len(self.create(driver, architecture, ports))
            except nova_exception.SerialPortNumberLimitExceeded:
                return 0

        self.enable_serial_ports()
        expected = ports if ports == 3 or architecture == 's390x' else 0
        self.assertEqual((expected, expected),
                         (number(self.make_stock_driver()), number(self.driver)))

    def test_fifth_port_is_refused(self) -> None:
        self.enable_serial_ports()
        self.conf.set_override('allow_four_serial_ports', True, 'nova_ext')
        with self.assert_raises(nova_exception.SerialPortNumberLimitExceeded):
            self.create(self.driver, ports=5)
        self.assertEqual(set(), self.ports)

    @ddt.data('x86_64', 's390x')
    def test_guest_has_all_consoles_while_the_old_guest_still_runs(
            self, architecture: str) -> None:
        self.enable_serial_ports()
        self.define(self.server, domains.tcp(2), running=True)
        self.assertEqual([], self.create(self.make_stock_driver(), architecture, 2))
        devices = self.create(self.driver, architecture, 2)
        self.assertEqual(['tcp', 'tcp'], [device.type for device in devices])
        self.assertEqual(2, len(self.ports))

    def test_log_is_in_the_configured_directory(self) -> None:
        directory = self.log_elsewhere()
        self.assertEqual([(f'{directory}/{self.server.uuid}-here.console', 'on')],
                         logs(self.create(self.driver)))

    def test_container_has_the_consoles_that_nova_gives_it(self) -> None:
        self.log_elsewhere()
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        ours, stock = (
            [etree.tostring(device.format_dom()) for device in self.create(driver)]
            for driver in (self.driver, self.make_stock_driver()))
        self.assertEqual(stock, ours)
        self.assertIn(b'append="off"', ours[0])


@ddt.ddt
class TestGetConsoleOutput(base.DriverTestCase):
    @ddt.data(True, False, None)
    def test_end_of_the_log_is_returned_in_any_power_state(
            self, running: Optional[bool]) -> None:
        if running is not None:
            self.define(self.server, domains.PTY.replace(domains.LOG, str(self.log)),
                        running=running)
        whole = files.make(self.log, files.text(0, 90_000), files.text(0, 90_000))
        output = self.driver.get_console_output(support.admin(), self.server)
        self.assertEqual(whole[-nova_driver.MAX_CONSOLE_BYTES:], output)

    @ddt.data(True, False)
    def test_output_is_empty_without_a_log_where_nova_alone_has_none(self, defined: bool) -> None:
        """As the page on answers of Nova's says: 200, and not 404."""
        if defined:  # shut off, so that the pty has no name
            self.define(self.server, domains.PTY.replace("<source path='/dev/pts/3'/>", ''))
        with self.assert_raises(nova_exception.ConsoleNotAvailable if defined
                                else nova_exception.InstanceNotFound):
            self.make_stock_driver().get_console_output(support.admin(), self.server)
        self.assertEqual(b'', self.driver.get_console_output(support.admin(), self.server))

    def test_output_of_a_container_is_left_to_nova(self) -> None:
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        self.log.write_bytes(b'printed')
        self.define(self.server, '')
        with self.assert_raises(nova_exception.ConsoleNotAvailable):
            self.driver.get_console_output(support.admin(), self.server)


class TestUnrescue(base.DriverTestCase):
    def test_guest_starts_with_free_ports(self) -> None:
        self.enable_serial_ports()
        self.patch(self.driver, '_lvm_disks', lambda _: [])
        saved = self.instances / self.server.uuid / 'unrescue.xml'
        saved.write_text(domains.domain(domains.tcp(2), self.server.uuid), encoding='utf-8')
        domain = self.define(self.server, domains.tcp(1, first=10007), running=True)
        self.ports.update({('127.0.0.1', 10007), ('127.0.0.1', 10000)})
        self.driver.unrescue(support.admin(), self.server)
        acquired = config.serial_ports(domain.XMLDesc())
        self.assertTrue(domain.isActive())
        self.assertEqual(2, len(acquired))
        self.assertNotIn(('127.0.0.1', 10000), acquired)
        self.assertEqual({*acquired, ('127.0.0.1', 10000)}, self.ports)
        self.assertIn("append='on'", domain.XMLDesc())
        self.assertFalse(saved.exists())


@ddt.ddt
class TestDeleteInstanceFiles(base.DriverTestCase):
    @ddt.data(('deleting', False), (None, False), ('resize_reverting', True), ('migrating', True))
    @ddt.unpack
    def test_log_elsewhere_is_deleted_unless_the_server_leaves(
            self, task_state: Optional[str], kept: bool) -> None:
        self.server.task_state = task_state
        log = Path(self.log_elsewhere(), f'{self.server.uuid}-here.console')
        files.make(log, b'a', b'b')
        self.assertIs(True, self.driver.delete_instance_files(self.server))
        self.assertIs(kept, log.exists())
        self.assertFalse((self.instances / self.server.uuid).exists())
