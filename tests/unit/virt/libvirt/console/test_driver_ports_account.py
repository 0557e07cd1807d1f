# SPDX-License-Identifier: Apache-2.0
"""Which serial ports are free to Nova, whatever happens to guests."""

from __future__ import annotations

import random
from typing import Any

from nova import exception as nova_exception
from nova import objects
from nova.console import serial
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import guest as nova_guest

from tests.unit import support
from tests.unit.virt.libvirt.console import domains, guests


class TestAccount(guests.PortsTestCase):
    def test_start_that_fails_leaves_no_port_behind(self) -> None:
        self.set_port_range(2)
        server = self.make_guest(2)
        launch = nova_guest.Guest.launch

        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError('QEMU does not start')

        self.patch(nova_guest.Guest, 'launch', fail)
        for _ in range(5):
            with self.assert_raises(RuntimeError):
                self.hard_reboot(server)
        self.driver.destroy(support.admin(), server, [])
        for _ in range(5):
            other = self.make_server_with_ports(2)
            with self.assert_raises(RuntimeError):
                self.start(other)
            self.driver.destroy(support.admin(), other, [])  # as Nova does then
        self.patch(nova_guest.Guest, 'launch', launch)
        self.assertEqual([10000, 10001], self.get_ports(self.make_guest(2)))
        self.assert_allocated(10000, 10001)

    def test_guest_that_wants_more_ports_than_there_are_leaves_none_behind(self) -> None:
        self.set_port_range(2)
        with self.assert_raises(nova_exception.SocketPortRangeExhaustedException):
            self.make_guest(3)
        self.assert_allocated()

    def test_port_of_another_guest_is_not_given_back(self) -> None:
        """A guest that is stopped keeps the number of its port, which is another's by now."""
        self.set_port_range(2)
        server = self.make_guest()
        self.driver.power_off(server)
        self.assertEqual([10000], self.get_ports(self.make_guest()))
        self.hard_reboot(server)
        self.assertEqual([10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)

    def ask_when_destroyed(self) -> list[int]:
        """Have somebody ask for the console of each guest that Nova is about to destroy.

        :returns: the ports that are told
        """
        def destroy(driver: Any, instance: Any) -> None:
            told.append(driver.get_serial_console(support.admin(), instance).port)
            stock(driver, instance)

        told: list[int] = []
        stock = nova_driver.LibvirtDriver._destroy
        self.patch(nova_driver.LibvirtDriver, '_destroy', destroy)
        return told

    def test_ports_are_given_back_though_somebody_asks_for_the_console_meanwhile(self) -> None:
        self.set_port_range(2)
        server = self.make_guest(2)
        told = self.ask_when_destroyed()
        self.driver.power_off(server)
        self.assertEqual([10000], told)
        self.assert_allocated()

    def test_console_is_told_while_the_guest_is_rescued(self) -> None:
        self.set_port_range(1)
        server = self.make_guest()
        told = self.ask_when_destroyed()
        self.rescue(server)
        self.assertEqual([10000], told)
        self.assert_allocated(10000)

    def test_ports_are_never_exhausted_with_two_to_spare(self) -> None:
        self.set_port_range(4 + 2)
        servers = [self.make_guest(ports) for ports in (1, 1, 2)]
        choices = random.Random(0)
        for _ in range(30):
            server = choices.choice(servers)
            operation = choices.choice(('reboot', 'stop', 'rescue', 'delete', 'migrate'))
            if operation == 'reboot':
                self.hard_reboot(server)
            elif operation == 'stop':
                self.driver.power_off(server)
                self.hard_reboot(server)
            elif operation == 'rescue':
                self.rescue(server)
                self.driver.unrescue(support.admin(), server)
            elif operation == 'delete':
                number = len(self.get_ports(server))
                self.driver.destroy(support.admin(), server, [])
                servers[servers.index(server)] = self.make_guest(number)
            else:
                self.migrate_away_and_back(server)
            self.assert_allocated(*(
                port for guest in servers for port in self.get_ports(guest)))

    def migrate_away_and_back(self, server: Any) -> None:
        """Have a guest migrate live to another host and back."""
        domain = self.connection.lookupByUUIDString(server.uuid)
        number = len(self.get_ports(server))
        for port in self.get_ports(server):  # as Nova does when it has migrated
            serial.release_port(guests.ADDRESS, port)
        domain.destroy()
        domain.undefine()
        self.patch(nova_driver.LibvirtDriver, 'post_live_migration', lambda *_: None)
        self.driver.post_live_migration(support.admin(), server, {})
        acquired = [serial.acquire_port(guests.ADDRESS) for _ in range(number)]
        migrate_data = self.make_migrate_data(acquired)
        self.patch(
            nova_driver.LibvirtDriver, 'pre_live_migration', lambda *_, **__: migrate_data)
        self.patch(nova_driver.LibvirtDriver, 'post_live_migration_at_destination',
                   lambda *_: None)
        self.driver.pre_live_migration(support.admin(), server, {}, [], None, migrate_data)
        devices = '\n'.join(domains.tcp(1, first=port).rpartition('<console')[0].replace(
            "port='0'", f"port='{index}'") for index, port in enumerate(acquired))
        self.libvirt.define(domains.domain(devices, server.uuid), running=True)
        self.driver.post_live_migration_at_destination(support.admin(), server)


class TestPreparation(guests.PortsTestCase):
    """A guest migrates live to this host."""

    def test_ports_are_given_back_if_nova_fails_to_prepare_for_the_guest(self) -> None:
        def fail(*_: Any) -> None:
            migrate_data.serial_listen_ports.append(serial.acquire_port(guests.ADDRESS))
            raise RuntimeError('no second port')

        migrate_data = self.make_migrate_data([])
        self.patch(nova_driver.LibvirtDriver, 'pre_live_migration', fail)
        with self.assert_raises(RuntimeError):
            self.driver.pre_live_migration(
                support.admin(), self.server, {}, [], None, migrate_data)
        self.assert_allocated()
        self.assertEqual([], self.warnings_about(self.server))

    def test_failure_before_any_port_is_acquired_is_novas_alone(self) -> None:
        def fail(*_: Any) -> None:
            raise RuntimeError('no volume')

        self.patch(nova_driver.LibvirtDriver, 'pre_live_migration', fail)
        for migrate_data in (None, objects.LibvirtLiveMigrateData()):
            with self.assert_raises(RuntimeError):
                self.driver.pre_live_migration(
                    support.admin(), self.server, {}, [], None, migrate_data)
        self.assertEqual([], self.warnings_about(self.server))
