# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a server that several tests use."""

from __future__ import annotations

import datetime
from typing import Any

from nova_ext.cli.watch import loop

MAC = 'fa:16:3e:4e:0f:00'
PORT = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
NETWORK = '3cb9bc59-5699-4588-a4b1-b87f96708bc6'
VOLUME = '6edbc2f4-1507-44f8-ac0d-eed1d2608d38'


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


def make_body_1_2(cpus: int = 2, **values: Any) -> dict[str, Any]:
    """Return the body of an answer of the API in version 1.2."""
    body = make_body(cpus, **values)
    for cpu in body['cpu_details']:
        cpu.update(wait=None, delay=230500000)
    body['nic_details'][0].update(port_id=PORT, network_id=NETWORK, device='tap0b07ff5c-6a')
    body['disk_details'][0].update(
        device='vda', bus='virtio', volume_id=VOLUME, boot_index=0, read_time=1500000000,
        write_time=2500000000, flush_requests=3, flush_time=None)
    return {**body, 'state_reason': 'unpaused', 'guest_agent': True}


def make_answer(seconds: float, **values: Any) -> loop.Answer:
    """Return an answer that was received at a time."""
    noon = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.timezone.utc)
    return loop.Answer(noon + datetime.timedelta(seconds=seconds), seconds, make_body(**values))
