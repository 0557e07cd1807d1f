# SPDX-License-Identifier: Apache-2.0
"""The unformatted diagnostics of compute 2.1 to 2.47, as Nova's own driver makes them.

Nova's driver asks on the connection that all of nova-compute shares and waits for as long as a
guest hangs. These are the same entries in the same order, without those that only a guest that
answers can give.
"""

from __future__ import annotations

from typing import Any, Optional

import libvirt

from nova_ext import exception
from nova_ext.virt.libvirt import domain as domain_xml
from nova_ext.virt.libvirt import monitors, statistics

_DISK_ENTRIES = ('read_req', 'read', 'write_req', 'write', 'errors')

_NIC_ENTRIES = {
    'rx': 'rx.bytes', 'rx_packets': 'rx.pkts', 'rx_errors': 'rx.errs', 'rx_drop': 'rx.drop',
    'tx': 'tx.bytes', 'tx_packets': 'tx.pkts', 'tx_errors': 'tx.errs', 'tx_drop': 'tx.drop'}


def collect(
        guest: Any, asker: monitors.Monitors
) -> tuple[dict[str, int], Optional[Exception]]:
    """Everything that Nova's own driver would say, as far as the guest answers.

    :param guest: nova.virt.libvirt.guest.Guest
    :param asker: of the guest's host
    :returns: the entries (nanoseconds, counters, KiB), and why some are missing
    :raises libvirt.libvirtError: the domain is gone
    """
    disks = domain_xml.parse(guest.get_xml_desc()).disks
    entries = {f'cpu{vcpu}_time': spent for vcpu, spent in statistics.cpu_times(guest).items()}
    memory: dict[str, int] = {}
    problem: Optional[Exception] = None
    try:
        disk_entries, memory = asker.ask(
            guest.uuid, lambda _, domain: _ask(domain, disks)).result()
        entries.update(disk_entries)
    except (exception.GuestNotResponding, libvirt.libvirtError) as error:
        problem = error
    for device, counters in statistics.devices(statistics.quick(guest), 'net').items():
        entries.update(
            (f'{device}_{entry}', counters[counter])
            for entry, counter in _NIC_ENTRIES.items() if counter in counters)
    entries['memory'] = guest._domain.maxMemory()
    entries.update(memory)
    return entries, problem


def _ask(domain: Any, disks: tuple[str, ...]) -> tuple[dict[str, int], dict[str, int]]:
    """The entries about disks and about memory."""
    disk_entries: dict[str, int] = {}
    for disk in disks:
        counters = statistics.attempt(domain, domain.blockStats, disk) or ()
        disk_entries.update(
            (f'{disk}_{entry}', value) for entry, value in zip(_DISK_ENTRIES, counters))
    memory = statistics.attempt(domain, domain.memoryStats) or {}
    return disk_entries, {f'memory-{name}': value for name, value in memory.items()}
