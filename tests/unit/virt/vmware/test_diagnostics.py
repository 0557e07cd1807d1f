# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a virtual machine."""

from __future__ import annotations

from nova_ext.objects import diagnostics as objects
from nova_ext.virt.vmware import diagnostics, machine, performance
from tests.unit import base, support
from tests.unit.virt.vmware import properties

NIC = {**dict.fromkeys(objects.NicDiagnostics.fields), 'mac_address': '00:0c:29:33:34:38'}
SAMPLES = {
    performance.Figure(performance.CPU_USED, '0'): 3450,
    performance.Figure(performance.CPU_USED, '1'): 20450,
    performance.Figure(performance.NIC_RECEIVED, '4000'): 200,
    performance.Figure(performance.NIC_SENT, '4000'): 0}


class TestMake(base.TestCase):
    def test_everything_that_vsphere_knows_is_told(self) -> None:
        known = diagnostics.make(machine.parse(properties.running()), SAMPLES)
        cpu = dict.fromkeys(objects.CpuDiagnostics.fields)
        self.assertEqual({
            **dict.fromkeys(objects.Diagnostics.fields),
            'state': 'running', 'driver': 'vmwareapi', 'hypervisor': 'vmware',
            'hypervisor_os': 'esxi', 'uptime': 5400, 'num_cpus': 2, 'num_nics': 1, 'num_disks': 1,
            'cpu_details': [{**cpu, 'id': 0, 'utilisation': 17},
                            {**cpu, 'id': 1, 'utilisation': 100}],
            'nic_details': [{**NIC, 'rx_rate': 204800, 'tx_rate': 0}],
            'disk_details': [dict.fromkeys(objects.DiskDiagnostics.fields)],
            'memory_details': {'maximum': 512, 'used': 11}, 'config_drive': False,
        }, support.values(known))

    def test_figures_without_samples_are_null(self) -> None:
        known = diagnostics.make(machine.parse(properties.running()), {})
        self.assertEqual([None, None], [cpu.utilisation for cpu in known.cpu_details])
        self.assertEqual([NIC], support.values(known.nic_details))

    def test_all_is_null_that_vcenter_does_not_know(self) -> None:
        known = diagnostics.make(machine.parse({}), {})
        self.assertEqual({
            **dict.fromkeys(objects.Diagnostics.fields), 'driver': 'vmwareapi',
            'hypervisor': 'vmware', 'memory_details': {'maximum': None, 'used': None},
        }, support.values(known))
