# SPDX-License-Identifier: Apache-2.0
"""The consoles of a guest that migrates. Nova and libvirt are asked to confirm the results."""

from __future__ import annotations

import itertools
from typing import Any, Optional

import ddt
from nova import objects
from nova.virt.libvirt import migration as nova_migration

from nova_ext.virt.libvirt.console import config, migrating
from tests.fixtures import libvirt
from tests.unit import base, support
from tests.unit.virt.libvirt.console import domains


@ddt.ddt
class TestFitToArrive(base.TestCase):
    @ddt.data(*itertools.product(domains.KINDS, (True, False)))
    @ddt.unpack
    def test_everything_else_in_the_domain_is_kept(
            self, kind: str, has_serial_ports: bool) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(
            xml, has_serial_ports=has_serial_ports, append=True, paths={0: '/new/log'})
        self.assertEqual(domains.without_consoles(xml), domains.without_consoles(fit))
        self.assertIn('ein Sërver &lt;1&gt; \N{CRAB}', fit)

    @ddt.data(*domains.KINDS)
    def test_logs_are_appended_to_at_their_place(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(xml, has_serial_ports=True, append=True)
        self.assertEqual([(file, 'on') for file, _ in domains.logs(xml)], domains.logs(fit))
        self.assertEqual(config.log_paths(xml), config.log_paths(fit))

    @ddt.data(*domains.KINDS)
    def test_logs_replace_the_file_that_is_there_where_they_may_not_append(
            self, kind: str) -> None:
        xml = config.adapt_to_destination(domains.KINDS[kind], has_serial_ports=True, append=True)
        fit = config.adapt_to_destination(xml, has_serial_ports=True, append=False)
        self.assertEqual([(file, 'off') for file, _ in domains.logs(xml)], domains.logs(fit))

    @ddt.data(*domains.KINDS)
    def test_logs_are_appended_to_at_the_place_on_the_destination(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(
            xml, has_serial_ports=True, append=True, paths={0: '/new/log'})
        self.assertEqual([('/new/log', 'on') for _ in domains.logs(xml)], domains.logs(fit))

    @ddt.data(*domains.TCP_KINDS)
    def test_ports_are_kept_where_the_destination_has_ports(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(xml, has_serial_ports=True, append=True)
        self.assertEqual(config.serial_ports(xml), config.serial_ports(fit))
        self.assertEqual(domains.sources(xml, 'console'), domains.sources(fit, 'console'))

    @ddt.data(*domains.TCP_KINDS)
    def test_ports_become_logged_ptys_where_the_destination_has_none(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(xml, has_serial_ports=False, append=True)
        for device_type in ('serial', 'console'):
            before = domains.devices(xml).findall(device_type)
            after = domains.devices(fit).findall(device_type)
            self.assertEqual(['pty'] * len(before), [device.get('type') for device in after])
            self.assertEqual([device.find('target').attrib for device in before],
                             [device.find('target').attrib for device in after])
        self.assertIsNone(domains.devices(fit).find('.//serial/source'))
        self.assertIsNone(domains.devices(fit).find('.//protocol'))
        self.assertEqual([], config.serial_ports(fit))
        self.assertGreater(len(domains.logs(xml)), 0)
        self.assertEqual(len(domains.logs(xml)), len(domains.logs(fit)))

    @ddt.data(*domains.TCP_KINDS)
    def test_libvirt_accepts_the_result(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        fit = config.adapt_to_destination(xml, has_serial_ports=False, append=True)
        defined = self.useFixture(libvirt.LibvirtConnection()).define(fit, running=False).XMLDesc()
        self.assertEqual([], config.serial_ports(defined))
        self.assertEqual(config.log_paths(xml), config.log_paths(defined))

    @ddt.data(*domains.KINDS)
    def test_second_time_changes_nothing(self, kind: str) -> None:
        once = config.adapt_to_destination(
            domains.KINDS[kind], has_serial_ports=False, append=True, paths={0: '/new/log'})
        twice = config.adapt_to_destination(
            once, has_serial_ports=False, append=True, paths={0: '/new/log'})
        self.assertEqual(once, twice)


@ddt.ddt
class TestNovaMigration(base.TestCase):
    """What Nova's own function makes of a guest's configuration, over real objects of Nova's."""

    def setUp(self) -> None:
        super().setUp()
        objects.register_all()

    def update(self, guest: Any, address: Optional[str], ports: list[int]) -> str:
        """Return the XML to migrate with to a host that listens at this address and ports."""
        instance = support.instance(flavor=objects.Flavor(extra_specs={}))
        data = objects.LibvirtLiveMigrateData(
            serial_listen_addr=address, serial_listen_ports=ports, bdms=[], vifs=[],
            supported_perf_events=[], target_connect_addr=None,
            graphics_listen_addr_vnc='0.0.0.0', graphics_listen_addr_spice='0.0.0.0')
        xml: str = nova_migration.get_updated_guest_xml(
            instance, guest, data, lambda *_: self.fail('there is no volume'))
        return xml

    @ddt.data(*domains.TCP_KINDS)
    def test_nova_alone_fails_when_the_destination_has_no_ports(self, kind: str) -> None:
        with self.assert_raises(TypeError):
            self.update(domains.Guest(domains.KINDS[kind]), None, [])

    @ddt.data(*domains.KINDS)
    def test_ports_are_removed_when_the_destination_has_none(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        guest = migrating.MigratingGuest(
            domains.Guest(xml), has_serial_ports=False, append=True, paths=None)
        updated = self.update(guest, None, [])
        self.assertEqual([], config.serial_ports(updated))
        self.assertEqual([(file, 'on') for file, _ in domains.logs(xml)], domains.logs(updated))
        self.assertEqual(domains.without_consoles(xml), domains.without_consoles(updated))

    @ddt.data(*domains.KINDS)
    def test_nova_sets_address_and_ports_of_the_destination(self, kind: str) -> None:
        xml = domains.KINDS[kind]
        ports = [20000, 20001, 20002, 20003]
        guest = migrating.MigratingGuest(
            domains.Guest(xml), has_serial_ports=True, append=True, paths={0: '/new/log'})
        updated = self.update(guest, '10.0.0.2', ports)
        self.assertEqual(
            [('10.0.0.2', port) for port, _ in zip(ports, config.serial_ports(xml))],
            config.serial_ports(updated))
        self.assertEqual([('/new/log', 'on') for _ in domains.logs(xml)], domains.logs(updated))

    def test_console_stays_the_same_device_as_the_first_port(self) -> None:
        guest = migrating.MigratingGuest(
            domains.Guest(domains.KINDS['tcp of 4']), has_serial_ports=True, append=True,
            paths=None)
        updated = self.update(guest, '10.0.0.2', [7, 8, 9, 10])
        self.assertEqual([('10.0.0.2', str(port)) for port in (7, 8, 9, 10)],
                         domains.sources(updated, 'serial'))
        self.assertEqual([('10.0.0.2', '7')], domains.sources(updated, 'console'))
