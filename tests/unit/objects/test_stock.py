# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import pytest
from nova.api.openstack.compute.views import server_diagnostics
from nova.compute import power_state
from nova.objects import diagnostics as nova_diagnostics

from nova_ext.objects import diagnostics, stock
from tests.unit import support

MAC = 'fa:16:3e:00:00:01'


def of_nova() -> Any:
    """What a stock libvirt host sends about a guest with two NICs and a disk."""
    answer = nova_diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='kvm', hypervisor_os='linux',
        uptime=12345, config_drive=True)
    answer.memory_details = nova_diagnostics.MemoryDiagnostics(maximum=0, used=0)
    answer.add_cpu(id=0, time=17)
    answer.add_nic(mac_address=MAC, rx_octets=1, rx_errors=0, rx_drop=-1, tx_octets=2)
    answer.add_disk(read_bytes=1, read_requests=2, write_bytes=3, write_requests=4,
                    errors_count=-1)
    return answer


def of_ours() -> diagnostics.Diagnostics:
    return diagnostics.Diagnostics(
        state='running', driver='libvirt', hypervisor='qemu', hypervisor_os='debian', uptime=7,
        num_cpus=1, num_nics=1, num_disks=1,
        cpu_details=[diagnostics.CpuDiagnostics(id=0, time=17, utilisation=15)],
        nic_details=[diagnostics.NicDiagnostics(**{
            **dict.fromkeys(diagnostics.NicDiagnostics.fields, 3), 'mac_address': MAC})],
        disk_details=[diagnostics.DiskDiagnostics(
            **dict.fromkeys(diagnostics.DiskDiagnostics.fields))],
        memory_details=diagnostics.MemoryDiagnostics(maximum=128, used=40),
        config_drive=True)


class TestFromNova:
    def test_the_counters_are_kept(self) -> None:
        answer = stock.from_nova(of_nova())
        assert (answer.state, answer.driver) == ('running', 'libvirt')
        cpu, = answer.cpu_details
        assert (cpu.id, cpu.time, cpu.utilisation) == (0, 17, None)
        nic, = answer.nic_details
        assert (nic.mac_address, nic.rx_octets, nic.rx_errors, nic.tx_octets) == (MAC, 1, 0, 2)
        assert nic.tx_errors is None
        disk, = answer.disk_details
        assert (disk.read_bytes, disk.write_requests) == (1, 4)

    def test_minus_one_is_unknown(self) -> None:
        answer = stock.from_nova(of_nova())
        assert answer.nic_details[0].rx_drop is None
        assert answer.disk_details[0].errors_count is None

    def test_what_cannot_be_trusted_is_unknown(self) -> None:
        answer = stock.from_nova(of_nova())
        for name in ('hypervisor', 'hypervisor_os', 'uptime', 'num_cpus', 'num_nics',
                     'num_disks', 'config_drive'):
            assert getattr(answer, name) is None, name
        assert support.values(answer.memory_details) == {'maximum': None, 'used': None}


class TestNotRunning:
    @pytest.mark.parametrize(('number', 'state'), [
        (power_state.NOSTATE, 'pending'), (power_state.PAUSED, 'paused'),
        (power_state.SHUTDOWN, 'shutdown'), (power_state.CRASHED, 'crashed'),
        (power_state.SUSPENDED, 'suspended'),
        # The host says that it does not run, the record that it does: nobody knows.
        (power_state.RUNNING, None), (None, None), (99, None)])
    def test_the_record_tells_the_state_and_nothing_else(
            self, number: Any, state: Any) -> None:
        assert support.values(stock.not_running(number)) == {
            **dict.fromkeys(diagnostics.Diagnostics.fields), 'state': state}


class TestToNova:
    def test_every_value_is_in_novas_object(self) -> None:
        body = server_diagnostics.ViewBuilder().instance_diagnostics(stock.to_nova(of_ours()))
        assert body == {
            'state': 'running', 'driver': 'libvirt', 'hypervisor': 'qemu',
            'hypervisor_os': 'debian', 'uptime': 7, 'config_drive': True,
            'num_cpus': 1, 'num_nics': 1, 'num_disks': 1,
            'cpu_details': [{'id': 0, 'time': 17, 'utilisation': 15}],
            'nic_details': [{**dict.fromkeys(diagnostics.NicDiagnostics.fields, 3),
                             'mac_address': MAC}],
            'disk_details': [dict.fromkeys(diagnostics.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 128, 'used': 40}}

    def test_it_can_be_sent_as_novas_own(self) -> None:
        sent = stock.to_nova(of_ours())
        arrived = nova_diagnostics.Diagnostics.obj_from_primitive(sent.obj_to_primitive())
        assert arrived.uptime == 7
        assert arrived.cpu_details[0].utilisation == 15

    def test_one_answer_leaves_nothing_behind_in_the_next(self) -> None:
        stock.to_nova(of_ours())
        again = stock.to_nova(of_ours())
        assert [len(again.cpu_details), len(again.nic_details), len(again.disk_details)] == [
            1, 1, 1]
        assert again.num_cpus == 1

    @pytest.mark.parametrize('known', [
        diagnostics.Diagnostics.unknown(state='pending', driver='libvirt'),
        diagnostics.Diagnostics.unknown(driver='libvirt')])
    def test_where_nothing_is_known_novas_answer_has_nulls(
            self, known: diagnostics.Diagnostics) -> None:
        body = server_diagnostics.ViewBuilder().instance_diagnostics(stock.to_nova(known))
        assert body == {
            'state': known.state, 'driver': 'libvirt', 'hypervisor': None,
            'hypervisor_os': None, 'uptime': None, 'config_drive': False,
            'num_cpus': 0, 'num_nics': 0, 'num_disks': 0,
            'cpu_details': [], 'nic_details': [], 'disk_details': [],
            'memory_details': {'maximum': None, 'used': None}}
