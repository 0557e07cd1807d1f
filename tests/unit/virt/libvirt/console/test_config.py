# SPDX-License-Identifier: Apache-2.0
"""The consoles of a guest that is started. Nova and libvirt are asked to confirm the results."""

from __future__ import annotations

from collections.abc import Sequence

import ddt
from lxml import etree
from nova import exception as nova_exception
from nova.virt.libvirt import config as nova_config

from nova_ext.virt.libvirt.console import config
from tests.fixtures import libvirt
from tests.unit import base
from tests.unit.virt.libvirt.console import domains


@ddt.ddt
class TestFitToStart(base.TestCase):
    @ddt.data(*domains.KINDS)
    def test_each_port_is_taken_once_and_the_rest_is_kept(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        addresses: list[str] = []

        def take(asked: Sequence[str]) -> list[int]:
            addresses.extend(asked)
            return [15000 + number for number, _ in enumerate(asked)]

        fit = config.adapt_to_start(xml, take, append=True)
        self.assertEqual([host for host, _ in config.serial_ports(xml)], addresses)
        self.assertEqual([(host, 15000 + number) for number, host in enumerate(addresses)],
                         config.serial_ports(fit))
        self.assertEqual([(file, 'on') for file, _ in domains.logs(xml)], domains.logs(fit))
        self.assertEqual(domains.without_consoles(xml), domains.without_consoles(fit))

    @ddt.data(1, 2, 3, 4)
    def test_libvirt_takes_the_console_for_the_first_port_again(self, number: int) -> None:
        fit = config.adapt_to_start(
            domains.domain(domains.tcp(number)), lambda _: range(10050, 10060), append=True)
        defined = self.useFixture(libvirt.LibvirtConnection()).define(fit, running=False).XMLDesc()
        self.assertEqual(
            [('127.0.0.1', str(10050 + port)) for port in range(number)],
            domains.sources(defined, 'serial'))
        self.assertEqual([('127.0.0.1', '10050')], domains.sources(defined, 'console'))
        self.assertEqual({'on'}, {append for _, append in domains.logs(defined)})

    def test_port_that_cannot_be_taken_raises(self) -> None:
        def refuse(addresses: Sequence[str]) -> list[int]:
            raise nova_exception.SocketPortRangeExhaustedException(host=addresses[0])

        with self.assert_raises(nova_exception.SocketPortRangeExhaustedException):
            config.adapt_to_start(domains.KINDS['tcp'], refuse, append=True)

    @ddt.data(*domains.KINDS)
    def test_log_begins_anew_where_it_must_not_grow(self, kind: str) -> None:
        appended = config.adapt_to_start(
            domains.KINDS[kind], lambda _: range(4), append=True)
        self.assertIs(bool(domains.logs(appended)), config.is_appended(appended))
        fit = config.adapt_to_start(appended, lambda _: range(4), append=False)
        self.assertEqual({'off'} if domains.logs(fit) else set(),
                         {append for _, append in domains.logs(fit)})
        self.assertFalse(config.is_appended(fit))


@ddt.ddt
class TestSerialPorts(base.TestCase):
    @ddt.data(
        ('tcp', [10000]), ('tcp of 4', [10000, 10001, 10002, 10003]),
        ('s390x tcp', [10000, 10001]), ('pty', []), ('file', []), ('s390x pty', []),
        ('none', []), ('lxc', []))
    @ddt.unpack
    def test_ports_are_those_of_serial_devices_or_else_of_consoles(
            self, kind: str, ports: list[int]) -> None:
        self.assertEqual(
            [('127.0.0.1', port) for port in ports], config.serial_ports(domains.KINDS[kind]))

    @ddt.data(*domains.KINDS)
    def test_ports_are_those_that_nova_finds(self, kind: str) -> None:
        from nova.virt.libvirt import driver

        guest = domains.Guest(domains.KINDS[kind])
        found = list(driver.LibvirtDriver._get_serial_ports_from_guest(None, guest))
        self.assertEqual(found, config.serial_ports(domains.KINDS[kind]))


@ddt.ddt
class TestLogPath(base.TestCase):
    @ddt.data(*domains.KINDS)
    def test_log_is_found_in_each_kind_of_domain(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        identity = etree.fromstring(xml).findtext('uuid')
        expected = f'/instances/{identity}/console.log' if 'console.log' in xml else None
        self.assertEqual(expected, config.log_paths(xml).get(0))

    def test_log_of_virtlogd_is_preferred_to_file_of_qemu(self) -> None:
        xml = domains.domain(
            "<serial type='file'><source path='/file'/><log file='/log'/></serial>")
        self.assertEqual('/log', config.log_paths(xml).get(0))

    def test_empty_name_is_no_path(self) -> None:
        xml = domains.domain("<serial type='file'><source path=''/></serial>")
        self.assertIsNone(config.log_paths(xml).get(0))


class TestKeepLog(base.TestCase):
    def test_each_log_of_a_nova_device_is_appended_to(self) -> None:
        guest = nova_config.LibvirtConfigGuest()
        logged, unlogged = nova_config.LibvirtConfigGuestSerial(), (
            nova_config.LibvirtConfigGuestConsole())
        logged.log = nova_config.LibvirtConfigGuestCharDeviceLog()
        logged.log.file = '/log'
        for device in (logged, unlogged, nova_config.LibvirtConfigGuestDisk()):
            guest.add_device(device)
        config.keep_log(guest.devices)
        self.assertEqual(['on', None], [logged.log.append, unlogged.log])
        self.assertIn(
            'append="on"', etree.tostring(logged.format_dom(), encoding='unicode'))


@ddt.ddt
class TestCheckPorts(base.TestCase):
    @ddt.data(0, 1, 2, 3, 4)
    def test_up_to_four_ports_are_allowed(self, number: int) -> None:
        config.check_ports(number, 'kvm')

    @ddt.data(5, 6, 7)
    def test_more_than_four_ports_are_refused(self, number: int) -> None:
        with self.assert_raises(nova_exception.SerialPortNumberLimitExceeded, '4'):
            config.check_ports(number, 'kvm')
