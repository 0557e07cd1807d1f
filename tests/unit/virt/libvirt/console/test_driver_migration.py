# SPDX-License-Identifier: Apache-2.0
"""The driver where a guest migrates live."""

from __future__ import annotations

from typing import Any

from nova import exception as nova_exception
from nova import objects
from nova.console import serial
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt.console import config, migrating, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains


class Guest:
    """A guest that records what it migrates with."""

    def __init__(self, domain: Any) -> None:
        self.domain = domain
        self.uuid = domain.UUIDString()
        self.migrated: list[str] = []

    def get_xml_desc(self, **_: Any) -> str:
        xml: str = self.domain.XMLDesc()
        return xml

    def migrate(self, *_: Any, destination_xml: str, **__: Any) -> None:
        self.migrated.append(destination_xml)


def fail(*_: Any, **__: Any) -> None:
    """Stand in for a function with a bug."""
    raise RuntimeError('broken')


class TestLiveMigration(base.DriverTestCase):
    """A :attr:`guest` with two serial ports, and a destination without any."""

    def setUp(self) -> None:
        super().setUp()
        self.migrate_data = objects.LibvirtLiveMigrateData(
            block_migration=False, is_shared_instance_path=False, serial_listen_addr=None,
            serial_listen_ports=[], bdms=[], vifs=[], supported_perf_events=[],
            target_connect_addr=None, graphics_listen_addr_vnc='0.0.0.0',
            graphics_listen_addr_spice='0.0.0.0')

    def start_guest(self) -> Guest:
        """Start the server's guest, and return it."""
        return Guest(self.define(
            self.server, domains.tcp(2, log=str(self.log)), running=True))

    def migrate(self, driver: Any, guest: Guest) -> None:
        """Have a driver migrate a guest to the other host."""
        driver._live_migration_flags = 0
        driver._live_migration_operation(
            support.admin(), self.server, self.there, False, self.migrate_data, guest, [])

    def test_nova_alone_refuses_a_destination_without_ports(self) -> None:
        self.enable_serial_ports()
        with self.assert_raises(nova_exception.MigrationError, 'disable serial console'):
            self.migrate(self.make_stock_driver(), self.start_guest())

    def test_guest_migrates_with_ptys_to_a_destination_without_ports(self) -> None:
        self.enable_serial_ports()
        self.start_there().log_path = str(self.log)
        guest = self.start_guest()
        self.ports.update(config.serial_ports(guest.get_xml_desc()))
        self.migrate(self.driver, guest)
        xml, = guest.migrated
        self.assertEqual(
            ([], str(self.log)), (config.serial_ports(xml), config.log_paths(xml).get(0)))
        self.assertEqual(set(), self.ports)

    def test_guest_migrates_despite_a_failure(self) -> None:
        self.migrate_data.serial_listen_addr = '10.0.0.2'
        self.migrate_data.serial_listen_ports = [7, 8]
        self.patch(migrating, 'MigratingGuest', fail)
        self.start_there()
        guest = self.start_guest()
        self.migrate(self.driver, guest)
        self.assertEqual(1, len(guest.migrated))
        self.assertTrue(any('RuntimeError: broken' in warning
                            for warning in self.warnings_about(self.server)))

    def test_history_follows_the_guest(self) -> None:
        histories = self.start_there()
        self.log.write_bytes(b'printed here')
        self.migrate(self.driver, self.start_guest())
        self.driver.post_live_migration(support.admin(), self.server, {}, self.migrate_data)
        self.assertEqual(b'printed here', histories.text())

    def test_missing_migrate_data_is_ignored_after_the_migration(self) -> None:
        self.driver._nova_ext.moves._leaving[self.server.uuid] = None
        self.driver.post_live_migration(support.admin(), self.server, {})
        self.assertNotIn(self.server.uuid, self.driver._nova_ext.moves._leaving)

    def test_destination_without_virtlogd_fails_the_check(self) -> None:
        self.patch(virtlogd, 'problem', lambda *_: 'gone')
        with self.assert_raises(nova_exception.MigrationPreCheckError, r'\(gone\)'):
            self.driver.check_can_live_migrate_destination(
                support.admin(), self.server, {}, {})

    def test_serial_consoles_need_not_be_disabled(self) -> None:
        self.enable_serial_ports()
        with self.assert_raises(nova_exception.MigrationError):
            self.make_stock_driver()._verify_serial_console_is_disabled()
        self.driver._verify_serial_console_is_disabled()
        self.assertEqual(set(), self.ports)

    def test_destination_releases_ports_that_the_guest_does_not_use(self) -> None:
        def acquire(*_: Any) -> Any:
            self.migrate_data.serial_listen_addr = '127.0.0.1'
            self.migrate_data.serial_listen_ports = [serial.acquire_port('127.0.0.1')]
            return self.migrate_data

        self.enable_serial_ports()
        self.patch(nova_driver.LibvirtDriver, 'pre_live_migration', acquire)
        self.patch(
            nova_driver.LibvirtDriver, 'post_live_migration_at_destination', lambda *_: None)
        self.assertIs(
            self.migrate_data, self.driver.pre_live_migration(
                support.admin(), self.server, {}, [], None, self.migrate_data))
        self.assertEqual(1, len(self.ports))
        self.define(self.server, domains.PTY, running=True)
        self.driver.post_live_migration_at_destination(support.admin(), self.server)
        self.assertEqual(set(), self.ports)

    def test_ports_of_a_migration_that_is_rolled_back_are_forgotten(self) -> None:
        rolled_back: list[Any] = []
        self.patch(
            nova_driver.LibvirtDriver, 'rollback_live_migration_at_destination',
            lambda _, *arguments: rolled_back.append(arguments))
        self.driver._nova_ext.arrivals.pre_live_migration(self.server, self.migrate_data)
        self.driver.rollback_live_migration_at_destination('context', self.server, [], {})
        self.assertEqual([('context', self.server, [], {})], rolled_back)
        self.assertEqual([], self.driver._nova_ext.arrivals.expected())
