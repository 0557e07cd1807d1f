# SPDX-License-Identifier: Apache-2.0
"""A server's diagnostics. Whatever is unknown is null."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts
from nova_ext.tempest_plugin.schemas.parts import COUNT, TEXT


def _list(item: parts.Schema) -> parts.Schema:
    return {'type': ['array', 'null'], 'items': item}


_FLAG: parts.Schema = {'type': ['boolean', 'null']}

_UUID: parts.Schema = {'type': ['string', 'null'], 'pattern': f'^{parts.UUID}$'}

#: Why a server is in its state.
_REASONS = [
    'booted', 'migrated', 'restored', 'reverted', 'unpaused', 'migration_cancelled',
    'save_cancelled', 'woken', 'resumed_after_crash', 'requested', 'migrating', 'saving',
    'dumping', 'snapshotting', 'starting', 'shutting_down', 'post_copy', 'post_copy_failed',
    'io_error', 'watchdog', 'panicked', 'hypervisor_error', 'sleeping', 'shut_down',
    'powered_off', 'crashed', 'migrated_away', 'saved', 'start_failed', 'lost']

_CPU: dict[str, parts.Schema] = {
    'id': COUNT, 'time': COUNT,
    'utilisation': {'type': ['integer', 'null'], 'minimum': 0, 'maximum': 100}}

_NIC = {'mac_address': TEXT, **dict.fromkeys([
    f'{way}_{name}' for way in ('rx', 'tx')
    for name in ('octets', 'errors', 'drop', 'packets', 'rate')], COUNT)}

_DISK = dict.fromkeys(
    ['read_bytes', 'read_requests', 'write_bytes', 'write_requests', 'errors_count'], COUNT)

STATES = ['pending', 'running', 'paused', 'shutdown', 'crashed', 'suspended']

_SERVER: dict[str, parts.Schema] = {
    'state': {'enum': STATES},
    'driver': TEXT,
    'hypervisor': TEXT,
    'hypervisor_os': TEXT,
    'uptime': COUNT,
    'num_cpus': COUNT,
    'num_nics': COUNT,
    'num_disks': COUNT,
    'cpu_details': _list(parts.closed(**_CPU)),
    'nic_details': _list(parts.closed(**_NIC)),
    'disk_details': _list(parts.closed(**_DISK)),
    'memory_details': parts.nullable(parts.closed(maximum=COUNT, used=COUNT)),
    'config_drive': _FLAG}

#: The fields of version 1.2.
SERVER_1_2: dict[str, parts.Schema] = {
    **_SERVER,
    'state_reason': {'enum': [*_REASONS, None]},
    'guest_agent': _FLAG,
    'cpu_details': _list(parts.closed(**_CPU, wait=COUNT, delay=COUNT)),
    'nic_details': _list(parts.closed(**_NIC, port_id=_UUID, network_id=_UUID, device=TEXT)),
    'disk_details': _list(parts.closed(
        **_DISK, device=TEXT, bus=TEXT, volume_id=_UUID, boot_index=COUNT, read_time=COUNT,
        write_time=COUNT, flush_requests=COUNT, flush_time=COUNT))}

#: Versions 1.0 and 1.1.
show = parts.answer(parts.closed(**_SERVER))

show_1_2 = parts.answer(parts.closed(**SERVER_1_2))
