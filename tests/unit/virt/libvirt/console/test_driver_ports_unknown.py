# SPDX-License-Identifier: Apache-2.0
"""Serial ports of guests of which libvirt tells nova-ext nothing, or nothing in time."""

from __future__ import annotations

import time
from typing import Any

import ddt
import libvirt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import ports
from tests.fixtures import fake_libvirtd
from tests.fixtures.libvirt import libvirt_error
from tests.unit import support
from tests.unit.virt.libvirt.console import base, guests

#: Why the ports are unknown.
REASONS = (
    exception.HypervisorNotResponding('no answer from libvirt within 2 s'),
    exception.NotResponding('no answer from libvirt within 2 s'),
    libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED))


@ddt.ddt
class TestUnknown(guests.PortsTestCase):
    def silence(self, reason: Exception) -> None:
        """Have libvirt give nova-ext that instead of an answer. Nova's connection is its own."""
        def fail(*arguments: Any) -> None:
            raise reason

        self.patch(queries.Queries, 'ask_about', fail)

    def restart_service(self) -> None:
        """Have another nova-compute, in which nobody has acquired a port yet."""
        self.ports.clear()
        self.driver = type(self.driver)(self._make_virtapi())

    def assert_told(self, server: Any, reason: Exception) -> None:
        """Assert that the log says why the server's ports are unknown."""
        self.assertIn(
            'The serial ports of the guest are unknown, and those recorded for it are kept: '
            f'{type(reason).__name__}: {reason}', self.warnings_about(server))

    @ddt.data(*REASONS)
    def test_guest_keeps_the_ports_that_were_recorded_for_it(self, reason: Exception) -> None:
        self.set_port_range(2)
        server = self.make_guest(2)
        self.silence(reason)
        self.rescue(server)
        self.assertEqual([10000, 10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)
        self.driver.unrescue(support.admin(), server)
        self.hard_reboot(server)
        self.assertEqual([10000, 10001], self.get_ports(server))
        self.assert_allocated(10000, 10001)
        self.assert_told(server, reason)
        self.driver.destroy(support.admin(), server, [])
        self.assert_allocated()

    def test_guest_of_which_nothing_is_recorded_gets_free_ports(self) -> None:
        self.set_port_range(2)
        server = self.make_guest()
        self.restart_service()
        self.silence(REASONS[0])
        self.rescue(server)
        self.assertEqual([10001], self.get_ports(server))
        self.assert_allocated(10001)

    def test_guest_for_which_there_are_no_ports_starts_with_its_log_alone(self) -> None:
        self.set_port_range(1)
        server = self.make_guest()
        self.restart_service()
        self.silence(REASONS[0])
        self.rescue(server)
        self.assert_log_alone(server)
        self.assert_allocated()

    def test_other_guests_keep_theirs_when_there_are_none_left(self) -> None:
        self.set_port_range(2)
        server, other = self.make_guest(), self.make_guest()
        self.silence(REASONS[0])
        self.rescue(server, hw_serial_port_count=2)
        self.rescue(other)
        self.assertEqual([10001], self.get_ports(other))
        self.assertIn(('127.0.0.1', 10001), self.ports)

    def test_new_guest_for_which_there_are_no_ports_is_refused_while_libvirt_answers(
            self) -> None:
        self.set_port_range(1)
        self.make_guest()
        with self.assert_raises(nova_exception.SocketPortRangeExhaustedException):
            self.make_guest()


class TestSilentLibvirtd(base.HostTestCase):
    """libvirtd hangs."""

    def setUp(self) -> None:
        super().setUp()
        self.libvirtd = self.useFixture(fake_libvirtd.FakeLibvirtd())
        self.guest = self.libvirtd.add()
        self.libvirtd.answers.clear()
        self.ports_here = ports.Ports(queries.Queries(
            lambda: self.libvirtd._connect('qemu:///system', False), 1))

    def test_ports_are_taken_within_a_bound(self) -> None:
        self.enable_serial_ports()
        self.conf.set_override('port_range', '10000:10002', 'serial_console')
        own = (guests.ADDRESS, 10001)
        self.ports_here.add(self.guest, [own])
        began = time.monotonic()
        self.assertEqual([10001], self.ports_here.take(self.guest, [guests.ADDRESS]))
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual({own}, self.ports)
        self.assertIs(True, self.ports_here.may_be_defined(self.guest))
        self.assertIsNone(self.ports_here.get_used(self.guest))
