# SPDX-License-Identifier: Apache-2.0
"""A server's diagnostics. Whatever is unknown is null."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts
from nova_ext.tempest_plugin.schemas.parts import COUNT, TEXT


def _list(item: parts.Schema) -> parts.Schema:
    return {'type': ['array', 'null'], 'items': item}


_CPU = parts.closed(
    id=COUNT, time=COUNT, utilisation={'type': ['integer', 'null'], 'minimum': 0, 'maximum': 100})

_NIC = parts.closed(
    mac_address=TEXT,
    rx_octets=COUNT, rx_errors=COUNT, rx_drop=COUNT, rx_packets=COUNT, rx_rate=COUNT,
    tx_octets=COUNT, tx_errors=COUNT, tx_drop=COUNT, tx_packets=COUNT, tx_rate=COUNT)

_DISK = parts.closed(
    read_bytes=COUNT, read_requests=COUNT, write_bytes=COUNT, write_requests=COUNT,
    errors_count=COUNT)

show = parts.answer(parts.closed(
    state={'enum': ['pending', 'running', 'paused', 'shutdown', 'crashed', 'suspended']},
    driver=TEXT,
    hypervisor=TEXT,
    hypervisor_os=TEXT,
    uptime=COUNT,
    num_cpus=COUNT,
    num_nics=COUNT,
    num_disks=COUNT,
    cpu_details=_list(_CPU),
    nic_details=_list(_NIC),
    disk_details=_list(_DISK),
    memory_details=parts.nullable(parts.closed(maximum=COUNT, used=COUNT)),
    config_drive={'type': ['boolean', 'null']}))
