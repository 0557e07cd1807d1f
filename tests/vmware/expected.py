# SPDX-License-Identifier: Apache-2.0
"""What diagnostics have to say of a virtual machine, by what pyVmomi reads of it."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim

from tests.vmware.vcenter import Vcenter

#: Of a NIC and a disk that nothing is known of.
NIC = dict.fromkeys((
    'mac_address', 'rx_octets', 'rx_errors', 'rx_drop', 'rx_packets', 'rx_rate', 'tx_octets',
    'tx_errors', 'tx_drop', 'tx_packets', 'tx_rate'))
DISK = dict.fromkeys((
    'read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'))

#: Milliseconds of CPU time in an interval of 20 s that are one percent.
_PERCENT = 200


def of_running(vcenter: Vcenter, machine: Any, *, config_drive: bool = False) -> dict[str, Any]:
    """Everything but the uptime, which goes on.

    :param machine: a vim.VirtualMachine that runs
    """
    hardware = machine.config.hardware
    return {
        'state': 'running', 'driver': 'vmwareapi', 'hypervisor': 'vmware',
        'hypervisor_os': 'esxi', 'num_cpus': hardware.numCPU, 'num_nics': len(_cards(hardware)),
        'num_disks': machine.summary.config.numVirtualDisks,
        'cpu_details': [
            {'id': number, 'time': None, 'utilisation': min(100, round(
                vcenter.sample(machine, 'cpu.used.summation', number) / _PERCENT))}
            for number in range(hardware.numCPU)],
        'nic_details': [
            {**NIC, 'mac_address': card.macAddress.lower(),
             'rx_rate': 1024 * vcenter.sample(machine, 'net.bytesRx.average', card.key),
             'tx_rate': 1024 * vcenter.sample(machine, 'net.bytesTx.average', card.key)}
            for card in _cards(hardware)],
        'disk_details': [DISK] * machine.summary.config.numVirtualDisks,
        'memory_details': {'maximum': machine.summary.config.memorySizeMB,
                           'used': machine.summary.quickStats.guestMemoryUsage},
        'config_drive': config_drive}


def of_stopped(running: dict[str, Any], state: str) -> dict[str, Any]:
    """What is left of it when it does not run.

    :param running: as :func:`of_running` returns it
    """
    return {
        **running, 'state': state, 'uptime': None,
        'cpu_details': [{**cpu, 'utilisation': None} for cpu in running['cpu_details']],
        'nic_details': [{**nic, 'rx_rate': None, 'tx_rate': None}
                        for nic in running['nic_details']],
        'memory_details': {**running['memory_details'], 'used': None}}


def _cards(hardware: Any) -> list[Any]:
    return [device for device in hardware.device
            if isinstance(device, vim.vm.device.VirtualEthernetCard)]
