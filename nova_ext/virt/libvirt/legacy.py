# SPDX-License-Identifier: Apache-2.0
"""The unformatted diagnostics of compute 2.1 to 2.47, for a guest that hangs.

Nova's own driver makes them for a guest that answers. These are the entries among them that need
no answer from the guest's QEMU.
"""

from __future__ import annotations

from typing import Any

from nova_ext.virt.libvirt import statistics

_NIC_ENTRIES = {
    'rx': 'rx.bytes', 'rx_packets': 'rx.pkts', 'rx_errors': 'rx.errs', 'rx_drop': 'rx.drop',
    'tx': 'tx.bytes', 'tx_packets': 'tx.pkts', 'tx_errors': 'tx.errs', 'tx_drop': 'tx.drop'}


def without_monitor(guest: Any, reader: statistics.StatisticsReader) -> dict[str, int]:
    """CPU times in nanoseconds, network counters and the memory given in KiB.

    :param guest: nova.virt.libvirt.guest.Guest
    :param reader: of the guest's host
    :raises libvirt.libvirtError: the domain is gone
    """
    entries = {f'cpu{vcpu}_time': spent for vcpu, spent in statistics.cpu_times(guest).items()}
    for device, counters in statistics.devices(reader.quick(guest), 'net').items():
        entries.update(
            (f'{device}_{entry}', counters[counter])
            for entry, counter in _NIC_ENTRIES.items() if counter in counters)
    entries['memory'] = guest._domain.maxMemory()
    return entries
