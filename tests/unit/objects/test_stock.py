# SPDX-License-Identifier: Apache-2.0
"""Diagnostics from and to Nova's own object."""

from __future__ import annotations

from typing import Any

import ddt
from nova.api.openstack.compute.views import server_diagnostics
from nova.compute import power_state
from nova.objects import diagnostics as nova_diagnostics

from nova_ext.objects import diagnostics, stock
from tests.unit import base, support

MAC = 'fa:16:3e:00:00:01'


def make_nova_diagnostics() -> Any:
    """Return what a stock libvirt host sends about a guest with a vCPU, a NIC and a disk."""
    answer = nova_diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='kvm', hypervisor_os='linux',
        uptime=12345, config_drive=True)
    answer.memory_details = nova_diagnostics.MemoryDiagnostics(maximum=0, used=0)
    answer.add_cpu(id=0, time=17)
    answer.add_nic(mac_address=MAC, rx_octets=1, rx_errors=0, rx_drop=-1, tx_octets=2)
    answer.add_disk(read_bytes=1, read_requests=2, write_bytes=3, write_requests=4,
                    errors_count=-1)
    return answer


def make_diagnostics() -> diagnostics.Diagnostics:
    return diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='qemu', hypervisor_os='debian', uptime=7,
        num_cpus=1, num_nics=1, num_disks=1,
        cpu_details=[diagnostics.CpuDiagnostics(id=0, time=17, utilisation=15)],
        nic_details=[diagnostics.NicDiagnostics(**{
            **dict.fromkeys(nova_diagnostics.NicDiagnostics.fields, 3), 'mac_address': MAC,
            'port_id': 'port', 'device': 'tap1'})],
        disk_details=[diagnostics.DiskDiagnostics(device='vda', read_time=7)],
        memory_details=diagnostics.MemoryDiagnostics(maximum=128, used=40),
        config_drive=True)


class TestFromNova(base.TestCase):
    def test_state_driver_and_counters_are_kept(self) -> None:
        answer = stock.from_nova(make_nova_diagnostics())
        self.assertEqual(('running', 'libvirt'), (answer.state, answer.driver))
        cpu, = answer.cpu_details
        self.assertEqual((0, 17, None), (cpu.id, cpu.time, cpu.utilisation))
        nic, = answer.nic_details
        self.assertEqual(
            (MAC, 1, 0, 2), (nic.mac_address, nic.rx_octets, nic.rx_errors, nic.tx_octets))
        self.assertIsNone(nic.tx_errors)
        disk, = answer.disk_details
        self.assertEqual((1, 4), (disk.read_bytes, disk.write_requests))

    def test_empty_lists_of_vmware_are_unknown(self) -> None:
        answer = stock.from_nova(nova_diagnostics.Diagnostics(
            state='running', driver='vmwareapi', hypervisor_os='esxi', uptime=0))
        self.assertEqual(('running', 'vmwareapi', None, None, None, None, None), (
            answer.state, answer.driver, answer.cpu_details, answer.nic_details,
            answer.disk_details, answer.num_disks, answer.uptime))

    def test_minus_one_is_unknown(self) -> None:
        answer = stock.from_nova(make_nova_diagnostics())
        self.assertIsNone(answer.nic_details[0].rx_drop)
        self.assertIsNone(answer.disk_details[0].errors_count)

    def test_unreliable_values_are_unknown(self) -> None:
        answer = stock.from_nova(make_nova_diagnostics())
        for name in ('hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
                     'num_disks', 'config_drive'):
            self.assertIsNone(getattr(answer, name), name)
        self.assertEqual({'maximum': None, 'used': None}, support.values(answer.memory_details))


@ddt.ddt
class TestNotRunning(base.TestCase):
    @ddt.data(
        (power_state.NOSTATE, 'pending'), (power_state.PAUSED, 'paused'),
        (power_state.SHUTDOWN, 'shutdown'), (power_state.CRASHED, 'crashed'),
        (power_state.SUSPENDED, 'suspended'),
        # The record contradicts the host, which says that the guest does not run.
        (power_state.RUNNING, None), (None, None), (99, None))
    @ddt.unpack
    def test_state_is_that_of_the_record_and_all_else_is_unknown(
            self, number: Any, state: Any) -> None:
        self.assertEqual({**dict.fromkeys(diagnostics.Diagnostics.fields), 'state': state},
                         support.values(stock.not_running(number)))


@ddt.ddt
class TestToNova(base.TestCase):
    def test_every_value_is_in_the_object_of_nova(self) -> None:
        body = server_diagnostics.ViewBuilder().instance_diagnostics(
            stock.to_nova(make_diagnostics()))
        self.assertEqual({
            'state': 'running', 'driver': 'libvirt', 'hypervisor': 'qemu',
            'hypervisor_os': 'debian', 'uptime': 7, 'config_drive': True,
            'num_cpus': 1, 'num_nics': 1, 'num_disks': 1,
            'cpu_details': [{'id': 0, 'time': 17, 'utilisation': 15}],
            'nic_details': [{**dict.fromkeys(nova_diagnostics.NicDiagnostics.fields, 3),
                             'mac_address': MAC}],
            'disk_details': [dict.fromkeys(nova_diagnostics.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 128, 'used': 40}}, body)

    def test_object_can_be_sent_as_one_of_nova(self) -> None:
        sent = stock.to_nova(make_diagnostics())
        received = nova_diagnostics.Diagnostics.obj_from_primitive(sent.obj_to_primitive())
        self.assertEqual(7, received.uptime)
        self.assertEqual(15, received.cpu_details[0].utilisation)

    def test_devices_of_an_earlier_object_are_not_in_a_later_one(self) -> None:
        stock.to_nova(make_diagnostics())
        again = stock.to_nova(make_diagnostics())
        self.assertEqual(
            [1, 1, 1],
            [len(again.cpu_details), len(again.nic_details), len(again.disk_details)])
        self.assertEqual(1, again.num_cpus)

    @ddt.data('libvirt', 'xenapi', 'vmwareapi', 'ironic', 'hyperv')
    def test_each_driver_that_the_specification_names_can_be_told(self, driver: str) -> None:
        known = diagnostics.Diagnostics.unknown(state='running', driver=driver)
        received = diagnostics.Diagnostics.obj_from_primitive(known.obj_to_primitive())
        self.assertEqual((driver, driver), (received.driver, stock.to_nova(received).driver))

    @ddt.data('pending', None)
    def test_unknown_values_are_null_in_the_api_of_nova(self, state: Any) -> None:
        known = diagnostics.Diagnostics.unknown(state=state, driver='libvirt')
        body = server_diagnostics.ViewBuilder().instance_diagnostics(stock.to_nova(known))
        self.assertEqual({
            'state': state, 'driver': 'libvirt', 'hypervisor': None,
            'hypervisor_os': None, 'uptime': None, 'config_drive': False,
            'num_cpus': 0, 'num_nics': 0, 'num_disks': 0,
            'cpu_details': [], 'nic_details': [], 'disk_details': [],
            'memory_details': {'maximum': None, 'used': None}}, body)
