# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a server that several tests use."""

from __future__ import annotations

import datetime
from typing import Any

from nova_ext.cli.watch import loop

MAC = 'fa:16:3e:4e:0f:00'


def make_body(cpus: int = 2, **values: Any) -> dict[str, Any]:
    """Return the body of an answer of the API."""
    return {
        'state': 'running', 'driver': 'libvirt', 'hypervisor': 'kvm', 'hypervisor_os': 'debian',
        'uptime': 3725, 'num_cpus': cpus, 'num_nics': 1, 'num_disks': 1,
        'cpu_details': [{'id': n, 'time': 17300000000, 'utilisation': 15} for n in range(cpus)],
        'nic_details': [{
            'mac_address': MAC, **{
                f'{direction}_{name}': number for direction in ('rx', 'tx') for name, number in (
                    ('octets', 2048), ('errors', 0), ('drop', 1), ('packets', 12),
                    ('rate', 300))}}],
        'disk_details': [{
            'read_bytes': 262144, 'read_requests': 112, 'write_bytes': 1024,
            'write_requests': 48, 'errors_count': None}],
        'memory_details': {'maximum': 512, 'used': 256}, 'config_drive': True, **values}


def make_answer(seconds: float, **values: Any) -> loop.Answer:
    """Return an answer that was received at a time."""
    noon = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
    return loop.Answer(noon + datetime.timedelta(seconds=seconds), seconds, make_body(**values))
