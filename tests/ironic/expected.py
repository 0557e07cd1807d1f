# SPDX-License-Identifier: Apache-2.0
"""What is to be said of a server on a machine, by what openstacksdk reads of ironic."""

from __future__ import annotations

import datetime
from typing import Any

from sandbox.client import bare_metal

NIC = dict.fromkeys((
    'mac_address', 'rx_octets', 'rx_errors', 'rx_drop', 'rx_packets', 'rx_rate', 'tx_octets',
    'tx_errors', 'tx_drop', 'tx_packets', 'tx_rate'))
DISK = dict.fromkeys((
    'read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'))


def of_machine(machine: bare_metal.Machine, *, config_drive: bool) -> dict[str, Any]:
    """Everything but the uptime, while a machine that was inspected runs."""
    inventory, addresses = machine.inventory, machine.addresses
    assert machine.node.power_state == 'power on'
    return {
        'state': 'running', 'driver': 'ironic', 'hypervisor': None, 'hypervisor_os': None,
        'num_cpus': inventory['cpu']['count'], 'num_nics': len(addresses),
        'num_disks': len(inventory['disks']),
        'cpu_details': [{'id': number, 'time': None, 'utilisation': None}
                        for number in range(inventory['cpu']['count'])],
        'nic_details': [{**NIC, 'mac_address': address} for address in addresses],
        'disk_details': [DISK] * len(inventory['disks']),
        'memory_details': {'maximum': inventory['memory']['physical_mb'], 'used': None},
        'config_drive': config_drive}


def uptime(machine: bare_metal.Machine) -> float:
    """Seconds since ironic switched it on."""
    then = datetime.datetime.fromisoformat(
        machine.node.driver_internal_info['last_power_state_change'])
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - then.replace(tzinfo=datetime.timezone.utc)).total_seconds()
