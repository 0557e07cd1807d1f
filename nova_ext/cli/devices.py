# SPDX-License-Identifier: Apache-2.0
"""The tables of a server's devices: one row a vCPU or a disk, two a NIC.

What devices are is in tables of its own, as UUIDs are wide. They, and some columns, are only there
where the cloud serves nova-ext 1.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from nova_ext.cli import units

Details = list[dict[str, Any]]


class Table(NamedTuple):
    """One table."""

    headings: list[str]
    rows: list[list[str]]


def cpus(details: Details) -> Iterator[Table]:
    """The vCPUs, with their use of one host CPU, the time that they have used and waited."""
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        'vCPU': lambda cpu: units.count(cpu['id']),
        'Use': lambda cpu: units.percent(cpu['utilisation']),
        'Time': lambda cpu: units.nanoseconds(cpu['time'])}
    if _has(details, 'delay'):
        columns['Delayed'] = lambda cpu: units.nanoseconds(cpu['delay'])
        columns['Waited'] = lambda cpu: units.nanoseconds(cpu['wait'])
    yield _table(columns, details)


def nics(details: Details) -> Iterator[Table]:
    """NICs, with a row for each direction as the guest sees it."""
    yield Table(['NIC', 'Direction', 'Rate', 'Octets', 'Packets', 'Errors', 'Dropped'], [
        [_text(nic['mac_address']) if way == 'rx' else '', word,
         units.rate(nic[f'{way}_rate']), units.octets(nic[f'{way}_octets']),
         *(units.count(nic[f'{way}_{name}']) for name in ('packets', 'errors', 'drop'))]
        for nic in details for way, word in (('rx', 'received'), ('tx', 'sent'))])
    if _has(details, 'port_id'):
        yield _table({
            'NIC': lambda nic: _text(nic['mac_address']),
            'Device': lambda nic: _text(nic['device']),
            'Port': lambda nic: _text(nic['port_id']),
            'Network': lambda nic: _text(nic['network_id'])}, details)


def disks(details: Details) -> Iterator[Table]:
    """Disks in the order of the domain, by their devices or numbered from 0."""
    numbered = [{'number': number, **disk} for number, disk in enumerate(details)]
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        'Disk': lambda disk: disk.get('device') or units.count(disk['number']),
        'Read': lambda disk: units.octets(disk['read_bytes']),
        'Read Requests': lambda disk: units.count(disk['read_requests']),
        'Written': lambda disk: units.octets(disk['write_bytes']),
        'Write Requests': lambda disk: units.count(disk['write_requests']),
        'Errors': lambda disk: units.count(disk['errors_count'])}
    yield _table(columns, numbered)
    if _has(details, 'device'):
        yield _table({
            'Disk': columns['Disk'],
            'Read Time': lambda disk: units.nanoseconds(disk['read_time']),
            'Write Time': lambda disk: units.nanoseconds(disk['write_time']),
            'Flushes': lambda disk: units.count(disk['flush_requests']),
            'Flush Time': lambda disk: units.nanoseconds(disk['flush_time']),
            'Bus': lambda disk: _text(disk['bus']),
            'Boot': lambda disk: units.count(disk['boot_index']),
            'Volume': lambda disk: _text(disk['volume_id'])}, numbered)


def _has(details: Details, key: str) -> bool:
    """Whether the answer is of a version that has the key."""
    return any(key in device for device in details)


def _table(
        columns: Mapping[str, Callable[[dict[str, Any]], str]], details: Details) -> Table:
    return Table(list(columns), [
        [cell(device) for cell in columns.values()] for device in details])


def _text(value: Any) -> str:
    return value or units.UNKNOWN


#: By the key of the API's answer.
TABLES: dict[str, Callable[[Details], Iterator[Table]]] = {
    'cpu_details': cpus, 'nic_details': nics, 'disk_details': disks}
