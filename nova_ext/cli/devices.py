# SPDX-License-Identifier: Apache-2.0
"""The tables of a server's devices: one row a vCPU or a disk, two a NIC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_ext.cli import units

Rows = list[list[str]]


def cpus(details: list[dict[str, Any]]) -> tuple[list[str], Rows]:
    """The vCPUs, with their use of one host CPU and the time that they have used."""
    return ['vCPU', 'Use', 'Time'], [
        [units.count(cpu['id']), units.percent(cpu['utilisation']),
         units.nanoseconds(cpu['time'])] for cpu in details]


def nics(details: list[dict[str, Any]]) -> tuple[list[str], Rows]:
    """NICs, with a row for each direction as the guest sees it."""
    return ['NIC', 'Direction', 'Rate', 'Octets', 'Packets', 'Errors', 'Dropped'], [
        [(nic['mac_address'] or units.UNKNOWN) if way == 'rx' else '', word,
         units.rate(nic[f'{way}_rate']), units.octets(nic[f'{way}_octets']),
         *(units.count(nic[f'{way}_{name}']) for name in ('packets', 'errors', 'drop'))]
        for nic in details for way, word in (('rx', 'received'), ('tx', 'sent'))]


def disks(details: list[dict[str, Any]]) -> tuple[list[str], Rows]:
    """Disks in the order of the domain, numbered from 0."""
    return ['Disk', 'Read', 'Read Requests', 'Written', 'Write Requests', 'Errors'], [
        [str(number), units.octets(disk['read_bytes']), units.count(disk['read_requests']),
         units.octets(disk['write_bytes']), units.count(disk['write_requests']),
         units.count(disk['errors_count'])] for number, disk in enumerate(details)]


#: By the key of the API's answer.
TABLES: dict[str, Callable[[list[dict[str, Any]]], tuple[list[str], Rows]]] = {
    'cpu_details': cpus, 'nic_details': nics, 'disk_details': disks}
