# SPDX-License-Identifier: Apache-2.0
"""The logs of serial ports after the first, in a guest's configuration."""

from __future__ import annotations

from typing import Any

import ddt
from nova.virt.libvirt import config as nova_config

from nova_ext.virt.libvirt.console import config, places
from tests.fixtures import libvirt
from tests.unit import base
from tests.unit.virt.libvirt.console import domains

#: Where ports are logged on the host that a guest goes to.
THERE = {0: '/there/log', 1: '/there/log-port1', 2: '/there/log-port2', 3: '/there/log-port3'}

S390X = domains.domain(domains.S390X_TCP.replace(
    "<target type='virtio'", "<log file='/second' append='off'/><target type='virtio'"))


def make_devices(kind: Any, ports: int) -> list[Any]:
    """Return Nova's configuration objects of a guest that has so many serial ports."""
    channel = nova_config.LibvirtConfigGuestChannel()
    channel.type = 'tcp'
    return [nova_config.LibvirtConfigGuestDisk(), channel, nova_config.LibvirtConfigGuestSerial(),
            *config.serial_devices(kind, '127.0.0.1', range(7000, 7000 + ports), '/log')]


@ddt.ddt
class TestLogPorts(base.TestCase):
    @ddt.data(
        (nova_config.LibvirtConfigGuestSerial, 4, 1, ['/log']),
        (nova_config.LibvirtConfigGuestSerial, 4, 2, ['/log', '/log-port1']),
        (nova_config.LibvirtConfigGuestConsole, 3, 3, ['/log', '/log-port1', '/log-port2']),
        (nova_config.LibvirtConfigGuestSerial, 2, 4, ['/log', '/log-port1']))
    @ddt.unpack
    def test_as_many_ports_are_logged_as_are_wanted_and_there(
            self, kind: type, ports: int, wanted: int, expected: list[str]) -> None:
        devices = make_devices(kind, ports)
        config.log_ports(devices, wanted, lambda port: places.of_port('/log', port))
        found = [device.log.file for device in devices if getattr(device, 'log', None)]
        self.assertEqual(expected, found)


@ddt.ddt
class TestLogPaths(base.TestCase):
    @ddt.data(1, 2, 3, 4)
    def test_each_logged_port_is_found(self, logged: int) -> None:
        xml = domains.domain(domains.tcp(4, log='/log', logged=logged))
        expected = {0: '/log', 1: '/log-port1', 2: '/log-port2', 3: '/log-port3'}
        self.assertEqual(dict(list(expected.items())[:logged]), config.log_paths(xml))

    def test_consoles_of_s390x_are_ports(self) -> None:
        first = config.log_paths(S390X)[0]
        self.assertEqual({0: first, 1: '/second'}, config.log_paths(S390X))
        self.assertEqual([0, 1], list(config.log_paths(S390X)))

    @ddt.data(
        nova_config.LibvirtConfigGuestSerial, nova_config.LibvirtConfigGuestConsole)
    def test_ports_are_counted_as_libvirt_does_before_it_has_numbered_them(
            self, kind: Any) -> None:
        devices = make_devices(kind, 3)[3:]
        config.log_ports(devices, 2, lambda port: places.of_port('/log', port))
        xml = domains.domain('\n'.join(device.to_xml() for device in devices))
        self.assertEqual({0: '/log', 1: '/log-port1'}, config.log_paths(xml))

    def test_libvirt_tells_of_the_logs_that_nova_ext_asks_for(self) -> None:
        """libvirt numbers the ports by itself."""
        devices = make_devices(nova_config.LibvirtConfigGuestSerial, 3)[3:]
        config.log_ports(devices, 3, lambda port: places.of_port('/log', port))
        xml = domains.domain('\n'.join(device.to_xml() for device in devices))
        defined = self.useFixture(libvirt.LibvirtConnection()).define(xml, running=False).XMLDesc()
        self.assertEqual(
            {0: '/log', 1: '/log-port1', 2: '/log-port2'}, config.log_paths(defined))


@ddt.ddt
class TestFitToArrive(base.TestCase):
    @ddt.data(True, False)
    def test_each_port_is_logged_where_the_destination_says(self, has_serial_ports: bool) -> None:
        fit = config.adapt_to_destination(
            domains.domain(domains.tcp(4, logged=3)), has_serial_ports=has_serial_ports,
            append=True, paths=THERE)
        self.assertEqual({port: THERE[port] for port in (0, 1, 2)}, config.log_paths(fit))
        self.assertEqual({'on'}, {append for _, append in domains.logs(fit)})

    @ddt.data(domains.domain(domains.tcp(2, logged=2)), S390X)
    def test_ports_that_the_destination_does_not_log_are_not_logged(self, xml: str) -> None:
        fit = config.adapt_to_destination(
            xml, has_serial_ports=True, append=True, paths={0: '/there/log'})
        self.assertEqual({0: '/there/log'}, config.log_paths(fit))
        self.assertEqual(config.serial_ports(xml), config.serial_ports(fit))
        self.assertEqual({'/there/log'}, {file for file, _ in domains.logs(fit)})


@ddt.ddt
class TestPlaces(base.TestCase):
    def test_first_port_is_logged_where_nova_has_it(self) -> None:
        self.assertEqual('/log', places.of_port('/log', 0))

    @ddt.data(-1, 4, '1', '/../../etc/passwd', None, 0.5)
    def test_what_is_no_port_has_no_place(self, port: Any) -> None:
        with self.assert_raises(ValueError, 'is no serial port; they are 0 to 3'):
            places.of_port('/log', port)

    def test_number_of_another_type_makes_no_other_name(self) -> None:
        number: Any = 1.0
        self.assertEqual('/log-port1', places.of_port('/log', number))
