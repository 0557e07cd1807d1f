# SPDX-License-Identifier: Apache-2.0
"""The serial ports of guests on a host that has hardly enough of them."""

from __future__ import annotations

import types
from typing import Any

import ddt
from nova import exception as nova_exception
from nova.console import serial
from nova.virt.libvirt import driver as nova_driver

from tests.unit import support
from tests.unit.virt.libvirt.console import guests


@ddt.ddt
class TestRescue(guests.PortsTestCase):
    def test_guest_keeps_its_ports_if_there_are_no_others(self) -> None:
        self.set_port_range(2)
        server = self.make_guest(2)
        self.rescue(server)
        self.assertEqual([10000, 10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)
        self.driver.unrescue(support.admin(), server)
        self.assertEqual([10000, 10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)
        self.driver.destroy(support.admin(), server, [])
        self.assert_allocated()

    def test_nobody_else_gets_the_port_between_the_guests(self) -> None:
        create_guest = nova_driver.LibvirtDriver._create_guest
        refused = []

        def steal_and_create(*arguments: Any, **options: Any) -> Any:
            try:
                serial.acquire_port(guests.ADDRESS)
            except nova_exception.SocketPortRangeExhaustedException:
                refused.append(True)
            return create_guest(*arguments, **options)

        self.set_port_range(1)
        server = self.make_guest()
        self.patch(nova_driver.LibvirtDriver, '_create_guest', steal_and_create)
        self.rescue(server)
        self.driver.unrescue(support.admin(), server)
        self.assertEqual([True, True], refused)

    def test_guest_gets_the_ports_that_it_lacks_and_returns_them(self) -> None:
        self.set_port_range(3)
        server = self.make_guest(1)
        server.flavor.extra_specs = {}
        self.rescue(server, hw_serial_port_count=3)
        self.assertEqual([10000, 10001, 10002], self.get_ports(server))
        self.driver.unrescue(support.admin(), server)
        self.assertEqual([10000], self.get_ports(server))
        self.assert_allocated(10000)

    @ddt.data(({}, 2), ({'hw:serial_port_count': '1'}, 2), ({}, 9))
    @ddt.unpack
    def test_guest_that_cannot_have_its_ports_is_rescued_with_its_log_alone(
            self, extra_specs: dict[str, str], number: int) -> None:
        self.set_port_range(1)
        server = self.make_guest()
        server.flavor.extra_specs = extra_specs
        self.rescue(server, hw_serial_port_count=number)
        self.assert_log_alone(server)
        self.assert_allocated()
        self.driver.unrescue(support.admin(), server)
        self.assertEqual([10000], self.get_ports(server))
        self.assert_allocated(10000)

    def test_ports_of_a_guest_that_ran_before_nova_compute_are_not_free(self) -> None:
        self.set_port_range(2)
        server = self.make_guest(2)
        self.ports.clear()
        self.driver = type(self.driver)(self._make_virtapi())
        self.rescue(server)
        self.assertEqual([10000, 10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)

    def test_server_that_is_stopped_is_rescued(self) -> None:
        self.set_port_range(1)
        server = self.make_guest()
        self.driver.power_off(server)
        self.rescue(server)
        self.assertEqual([10000], self.get_ports(server))


class TestRevert(guests.PortsTestCase):
    """The guest of a server that was resized away is defined here, and has no ports any more."""

    def setUp(self) -> None:
        super().setUp()
        self.set_port_range(1)
        self.server = self.make_guest()
        self.driver.power_off(self.server)

    def revert(self) -> None:
        """Start the guest here again."""
        self.driver.image_backend = types.SimpleNamespace(
            by_name=lambda *_: types.SimpleNamespace(exists=lambda: False))
        self.patch(self.driver, '_finish_revert_migration_vtpm', lambda *_: None)
        self.server.vcpu_model = None
        self.server.system_metadata = {'image_hw_architecture': 'x86_64'}
        self.driver.finish_revert_migration(support.admin(), self.server, [], None)

    def test_guest_gets_a_port_again(self) -> None:
        self.revert()
        self.assertEqual([10000], self.get_ports(self.server))
        self.assert_allocated(10000)

    def test_guest_starts_with_its_log_alone_if_its_port_is_another_guests(self) -> None:
        other = self.make_guest()
        self.revert()
        self.assert_log_alone(self.server)
        self.assertEqual([10000], self.get_ports(other))
        self.assert_allocated(10000)
