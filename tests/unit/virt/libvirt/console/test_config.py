# SPDX-License-Identifier: Apache-2.0
"""Domains' XML against Nova's own code that works on it next, and libvirt's own parser."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from lxml import etree
from nova import exception as nova_exception
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import migration as nova_migration

from nova_ext.virt.libvirt.console import config, migrating
from tests.unit import support
from tests.unit.virt.libvirt.console import domains

EACH = pytest.mark.parametrize('xml', domains.KINDS.values(), ids=domains.KINDS)
TCP = pytest.mark.parametrize(
    'xml', [xml for kind, xml in domains.KINDS.items() if 'tcp' in kind],
    ids=[kind for kind in domains.KINDS if 'tcp' in kind])


def devices(xml: str) -> Any:
    return etree.fromstring(xml).find('devices')


def without_consoles(xml: str) -> str:
    """All of a domain but its consoles, for comparing."""
    domain: Any = etree.fromstring(xml)
    for kind in ('serial', 'console'):
        for device in domain.findall(f'./devices/{kind}'):
            domain.find('devices').remove(device)
    return str(etree.canonicalize(etree.tostring(domain, encoding='unicode'), strip_text=True))


def logs(xml: str) -> list[tuple[str, str]]:
    return [(log.get('file'), log.get('append')) for log in devices(xml).iter('log')]


def sources(xml: str, kind: str) -> list[tuple[str, str]]:
    return [(source.get('host'), source.get('service'))
            for source in devices(xml).findall(f"./{kind}[@type='tcp']/source")]


class Guest:
    """As much of nova.virt.libvirt.guest.Guest as a migration asks."""

    def __init__(self, xml: str) -> None:
        self.xml = xml

    def get_xml_desc(self, dump_inactive: bool = False, dump_sensitive: bool = False,
                     dump_migratable: bool = False) -> str:
        return self.xml


def updated_by_nova(
        guest: Any, address: Optional[str], ports: list[int], nova_objects: Any) -> str:
    """The XML to migrate with, by Nova's own function over real objects of Nova's."""
    instance = support.instance(flavor=nova_objects.Flavor(extra_specs={}))
    data = nova_objects.LibvirtLiveMigrateData(
        serial_listen_addr=address, serial_listen_ports=ports, bdms=[], vifs=[],
        supported_perf_events=[], target_connect_addr=None,
        graphics_listen_addr_vnc='0.0.0.0', graphics_listen_addr_spice='0.0.0.0')
    xml: str = nova_migration.get_updated_guest_xml(
        instance, guest, data, lambda *_: pytest.fail('there is no volume'))
    return xml


class TestFitToArrive:
    @EACH
    @pytest.mark.parametrize('has_serial_ports', [True, False])
    def test_all_else_in_the_domain_is_kept(self, xml: str, has_serial_ports: bool) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=has_serial_ports, log_path='/new/log')
        assert without_consoles(fit) == without_consoles(xml)
        assert 'ein Sërver &lt;1&gt; \N{CRAB}' in fit

    @EACH
    def test_logs_go_on_where_they_ended_in_their_place(self, xml: str) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=True)
        assert logs(fit) == [(file, 'on') for file, _ in logs(xml)]
        assert config.log_path(fit) == config.log_path(xml)

    @EACH
    def test_logs_go_on_where_the_other_host_has_them(self, xml: str) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=True, log_path='/new/log')
        assert logs(fit) == [('/new/log', 'on') for _ in logs(xml)]

    @TCP
    def test_ports_stay_where_there_are_ports(self, xml: str) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=True)
        assert config.serial_ports(fit) == config.serial_ports(xml)
        assert sources(fit, 'console') == sources(xml, 'console')

    @TCP
    def test_ports_become_ptys_where_there_are_none_and_the_log_stays(self, xml: str) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=False)
        for kind in ('serial', 'console'):
            before, after = devices(xml).findall(kind), devices(fit).findall(kind)
            assert [device.get('type') for device in after] == ['pty'] * len(before)
            assert [device.find('target').attrib for device in after] == [
                device.find('target').attrib for device in before]
        assert devices(fit).find('.//serial/source') is None
        assert devices(fit).find('.//protocol') is None
        assert config.serial_ports(fit) == []
        assert len(logs(fit)) == len(logs(xml)) > 0

    @TCP
    def test_libvirt_takes_it(self, xml: str, connection: Any) -> None:
        fit = config.fit_to_arrive(xml, has_serial_ports=False)
        defined = domains.define(connection, fit).XMLDesc()
        assert config.serial_ports(defined) == []
        assert config.log_path(defined) == config.log_path(xml)

    @EACH
    def test_twice_is_as_once(self, xml: str) -> None:
        once = config.fit_to_arrive(xml, has_serial_ports=False, log_path='/new/log')
        assert config.fit_to_arrive(once, has_serial_ports=False, log_path='/new/log') == once


class TestNovasMigration:
    @TCP
    def test_stock_fails_for_a_host_without_ports(self, xml: str, nova_objects: Any) -> None:
        with pytest.raises(TypeError):
            updated_by_nova(Guest(xml), None, [], nova_objects)

    @EACH
    def test_ours_does_not(self, xml: str, nova_objects: Any) -> None:
        guest = migrating.MigratingGuest(Guest(xml), has_serial_ports=False, log_path=None)
        updated = updated_by_nova(guest, None, [], nova_objects)
        assert config.serial_ports(updated) == []
        assert logs(updated) == [(file, 'on') for file, _ in logs(xml)]
        assert without_consoles(updated) == without_consoles(xml)

    @EACH
    def test_nova_puts_in_the_address_and_ports_of_a_host_with_ports(
            self, xml: str, nova_objects: Any) -> None:
        ports = [20000, 20001, 20002, 20003]
        guest = migrating.MigratingGuest(Guest(xml), has_serial_ports=True, log_path='/new/log')
        updated = updated_by_nova(guest, '10.0.0.2', ports, nova_objects)
        assert config.serial_ports(updated) == [
            ('10.0.0.2', port) for port, _ in zip(ports, config.serial_ports(xml))]
        assert logs(updated) == [('/new/log', 'on') for _ in logs(xml)]

    def test_the_console_is_the_first_port_by_its_other_name(self, nova_objects: Any) -> None:
        guest = migrating.MigratingGuest(
            Guest(domains.KINDS['tcp of 4']), has_serial_ports=True, log_path=None)
        updated = updated_by_nova(guest, '10.0.0.2', [7, 8, 9, 10], nova_objects)
        assert sources(updated, 'serial') == [('10.0.0.2', str(port)) for port in (7, 8, 9, 10)]
        assert sources(updated, 'console') == [('10.0.0.2', '7')]


class TestFitToStart:
    @EACH
    def test_every_port_is_acquired_once_and_the_rest_is_kept(self, xml: str) -> None:
        asked: list[tuple[str, int]] = []

        def acquire(address: str, port: int) -> int:
            asked.append((address, port))
            return port + 5000

        fit = config.fit_to_start(xml, acquire)
        assert asked == config.serial_ports(xml)
        assert config.serial_ports(fit) == [(host, port + 5000) for host, port in asked]
        assert logs(fit) == [(file, 'on') for file, _ in logs(xml)]
        assert without_consoles(fit) == without_consoles(xml)

    @pytest.mark.parametrize('number', [1, 2, 3, 4])
    def test_to_libvirt_the_console_is_the_first_port_again(
            self, number: int, connection: Any) -> None:
        fit = config.fit_to_start(domains.domain(domains.tcp(number)), lambda _, port: port + 50)
        defined = domains.define(connection, fit).XMLDesc()
        assert sources(defined, 'serial') == [
            ('127.0.0.1', str(10050 + port)) for port in range(number)]
        assert sources(defined, 'console') == [('127.0.0.1', '10050')]
        assert {append for _, append in logs(defined)} == {'on'}

    def test_a_port_that_cannot_be_had_is_an_error(self) -> None:
        def refuse(address: str, port: int) -> int:
            raise nova_exception.SocketPortRangeExhaustedException(host=address)

        with pytest.raises(nova_exception.SocketPortRangeExhaustedException):
            config.fit_to_start(domains.KINDS['tcp'], refuse)


class TestSerialPorts:
    @pytest.mark.parametrize(('kind', 'ports'), [
        ('tcp', [10000]), ('tcp of 4', [10000, 10001, 10002, 10003]),
        ('s390x tcp', [10000, 10001]), ('pty', []), ('file', []), ('s390x pty', []),
        ('none', []), ('lxc', [])])
    def test_they_are_those_of_the_serial_devices_or_else_of_the_consoles(
            self, kind: str, ports: list[int]) -> None:
        assert config.serial_ports(domains.KINDS[kind]) == [
            ('127.0.0.1', port) for port in ports]

    @EACH
    def test_they_are_the_ones_that_nova_finds(self, xml: str) -> None:
        from nova.virt.libvirt import driver

        found = driver.LibvirtDriver._get_serial_ports_from_guest(None, Guest(xml))
        assert config.serial_ports(xml) == list(found)


class TestLogPath:
    @EACH
    def test_it_is_found_wherever_there_is_one(self, xml: str) -> None:
        identity = etree.fromstring(xml).findtext('uuid')
        expected = f'/instances/{identity}/console.log' if 'console.log' in xml else None
        assert config.log_path(xml) == expected

    def test_what_virtlogd_logs_comes_before_a_file_of_qemus(self) -> None:
        xml = domains.domain(
            "<serial type='file'><source path='/file'/><log file='/log'/></serial>")
        assert config.log_path(xml) == '/log'

    def test_an_empty_name_is_none(self) -> None:
        assert config.log_path(domains.domain("<serial type='file'><source path=''/></serial>")
                               ) is None


class TestKeepLog:
    def test_every_log_of_novas_devices_goes_on(self) -> None:
        guest = nova_config.LibvirtConfigGuest()
        logged, unlogged = nova_config.LibvirtConfigGuestSerial(), (
            nova_config.LibvirtConfigGuestConsole())
        logged.log = nova_config.LibvirtConfigGuestCharDeviceLog()
        logged.log.file = '/log'
        for device in (logged, unlogged, nova_config.LibvirtConfigGuestDisk()):
            guest.add_device(device)
        config.keep_log(guest.devices)
        assert [logged.log.append, unlogged.log] == ['on', None]
        assert "append=\"on\"" in etree.tostring(logged.format_dom(), encoding='unicode')


def test_up_to_four_ports_are_allowed() -> None:
    refused = {}
    for number in range(8):
        try:
            config.check_ports(number, 'kvm')
        except nova_exception.SerialPortNumberLimitExceeded as error:
            refused[number] = str(error)
    assert list(refused) == [5, 6, 7]
    assert '4' in refused[5]
