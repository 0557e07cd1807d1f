# SPDX-License-Identifier: Apache-2.0
"""The unformatted diagnostics of compute 2.1 to 2.47, as Nova's own driver makes them.

Nova's driver asks on the connection that all of nova-compute shares and waits for as long as a
guest hangs. These are the same entries in the same order, without those that only a guest that
answers can give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import libvirt

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import domain_stats, readings

_DISK_ENTRIES = ('read_req', 'read', 'write_req', 'write', 'errors')

_NIC_ENTRIES = {
    'rx': 'rx.bytes', 'rx_packets': 'rx.pkts', 'rx_errors': 'rx.errs', 'rx_drop': 'rx.drop',
    'tx': 'tx.bytes', 'tx_packets': 'tx.pkts', 'tx_errors': 'tx.errs', 'tx_drop': 'tx.drop'}


#: The entries about disks and about memory.
_Entries = tuple[dict[str, int], dict[str, int]]


def collect(
        reading: readings.Reading, max_memory: int,
        ask: Callable[[queries.Question[_Entries]], bounded.Call[_Entries]],
) -> tuple[dict[str, int], Optional[Exception]]:
    """Everything that Nova's own driver would say, as far as the guest answers.

    :param max_memory: KiB that the guest may have
    :param ask: begins to ask the guest's QEMU
    :returns: the entries (nanoseconds, counters, KiB), and why some are missing
    """
    entries = {f'cpu{vcpu}_time': spent for vcpu, spent in reading.sample.cpu_times.items()}
    memory: dict[str, int] = {}
    problem: Optional[Exception] = None
    try:
        disk_entries, memory = ask(
            lambda _, domain: _read(domain, reading.described.domain.targets)).result()
        entries.update(disk_entries)
    except (exception.NotResponding, libvirt.libvirtError) as error:
        problem = error
    for device, counters in reading.sample.nics.items():
        entries.update(
            (f'{device}_{entry}', counters[counter])
            for entry, counter in _NIC_ENTRIES.items() if counter in counters)
    entries['memory'] = max_memory
    entries.update(memory)
    return entries, problem


def _read(domain: Any, disks: tuple[str, ...]) -> _Entries:
    disk_entries: dict[str, int] = {}
    for disk in disks:
        counters = domain_stats.attempt(domain, domain.blockStats, disk) or ()
        disk_entries.update(
            (f'{disk}_{entry}', value) for entry, value in zip(_DISK_ENTRIES, counters))
    memory = domain_stats.attempt(domain, domain.memoryStats) or {}
    return disk_entries, {f'memory-{name}': value for name, value in memory.items()}
