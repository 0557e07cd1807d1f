# SPDX-License-Identifier: Apache-2.0
"""Answers about a server that the tests share."""

from __future__ import annotations

import datetime
from typing import Any

from nova_ext.cli.watch import loop

MAC = 'fa:16:3e:4e:0f:00'


def body(cpus: int = 2, **values: Any) -> dict[str, Any]:
    """As the API answers."""
    return {
        'state': 'running', 'driver': 'libvirt', 'hypervisor': 'kvm', 'hypervisor_os': 'debian',
        'uptime': 3725, 'num_cpus': cpus, 'num_nics': 1, 'num_disks': 1,
        'cpu_details': [{'id': n, 'time': 17300000000, 'utilisation': 15} for n in range(cpus)],
        'nic_details': [{
            'mac_address': MAC, **{
                f'{way}_{name}': number for way in ('rx', 'tx') for name, number in (
                    ('octets', 2048), ('errors', 0), ('drop', 1), ('packets', 12),
                    ('rate', 300))}}],
        'disk_details': [{
            'read_bytes': 262144, 'read_requests': 112, 'write_bytes': 1024,
            'write_requests': 48, 'errors_count': None}],
        'memory_details': {'maximum': 512, 'used': 256}, 'config_drive': True, **values}


def answer(clock: float, **values: Any) -> loop.Answer:
    """What came at a time."""
    at = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
    return loop.Answer(at + datetime.timedelta(seconds=clock), clock, body(**values))
