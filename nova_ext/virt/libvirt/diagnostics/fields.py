# SPDX-License-Identifier: Apache-2.0
"""The fields of diagnostics, made of what libvirt says."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import libvirt

from nova_ext.objects import diagnostics
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import vcpu_threads
from nova_ext.virt.libvirt.diagnostics import domain, domain_stats, identities, readings, reasons
from nova_ext.virt.libvirt.metadata import element

DRIVER = 'libvirt'

_STATES = {
    libvirt.VIR_DOMAIN_NOSTATE: 'pending',
    libvirt.VIR_DOMAIN_RUNNING: 'running',
    libvirt.VIR_DOMAIN_BLOCKED: 'running',
    libvirt.VIR_DOMAIN_PAUSED: 'paused',
    libvirt.VIR_DOMAIN_SHUTDOWN: 'running',  # it is shutting down, so it still runs
    libvirt.VIR_DOMAIN_SHUTOFF: 'shutdown',
    libvirt.VIR_DOMAIN_CRASHED: 'crashed',
    libvirt.VIR_DOMAIN_PMSUSPENDED: 'suspended',
}

#: Reasons for being shut off that mean that nobody wanted it.
_CRASHED = (libvirt.VIR_DOMAIN_SHUTOFF_CRASHED, libvirt.VIR_DOMAIN_SHUTOFF_FAILED)

_NIC_COUNTERS = {
    'rx_octets': 'rx.bytes', 'rx_errors': 'rx.errs', 'rx_drop': 'rx.drop',
    'rx_packets': 'rx.pkts', 'tx_octets': 'tx.bytes', 'tx_errors': 'tx.errs',
    'tx_drop': 'tx.drop', 'tx_packets': 'tx.pkts'}

_DISK_COUNTERS = {
    'read_bytes': 'rd.bytes', 'read_requests': 'rd.reqs', 'write_bytes': 'wr.bytes',
    'write_requests': 'wr.reqs', 'errors_count': 'errors', 'read_time': 'rd.times',
    'write_time': 'wr.times', 'flush_requests': 'fl.reqs', 'flush_time': 'fl.times'}


def of_reading(
        reading: readings.Reading, window: sampling.Window,
        ports: Sequence[Optional[element.Port]], kinds: Any = diagnostics,
) -> diagnostics.Diagnostics:
    """Everything that a reading of a guest tells, without what is not known by libvirt alone.

    :param window: one that ends with the reading
    :param ports: the port that each NIC is; empty: it was not asked for
    :param kinds: a module of what to make: ``diagnostics`` or ``light`` of nova_ext.objects
    """
    description = reading.described.domain
    cpus = sorted(window.last.cpu_times) or description.cpus
    word = state(*reading.state, is_saved=reading.is_saved)
    found: diagnostics.Diagnostics = kinds.Diagnostics(
        state=word,
        state_reason=reasons.get_reason(*reading.state, is_suspended=word == 'suspended'),
        driver=DRIVER,
        hypervisor=description.hypervisor,
        num_cpus=len(cpus),
        num_nics=len(description.nics),
        num_disks=len(description.disks),
        cpu_details=[cpu(number, window, kinds) for number in cpus],
        nic_details=[
            nic(one, window, port, kinds)
            for one, port in itertools.zip_longest(description.nics, ports)],
        memory_details=kinds.MemoryDiagnostics(maximum=description.memory_mib),
        config_drive=any(disk.is_config_drive for disk in description.disks))
    return found


def state(number: int, reason: int, *, is_saved: bool) -> Optional[str]:
    """A state in the words of the specification.

    :param number: in libvirt's numbers, as is the reason
    :param is_saved: whether the guest was saved to disk
    """
    if number == libvirt.VIR_DOMAIN_SHUTOFF:
        if reason in _CRASHED:
            return 'crashed'
        if is_saved:
            return 'suspended'
    return _STATES.get(number)


def cpu(number: int, window: sampling.Window, kinds: Any) -> diagnostics.CpuDiagnostics:
    """A vCPU, by its number in the domain."""
    made: diagnostics.CpuDiagnostics = kinds.CpuDiagnostics(
        id=number, time=window.last.cpu_times.get(number),
        utilisation=window.utilisation(number))
    return made


def add_waits(
        cpus: Sequence[diagnostics.CpuDiagnostics], waits: Mapping[int, vcpu_threads.Waits],
) -> None:
    """Fill in how long vCPUs waited, where it is known."""
    by_number = {cpu.id: cpu for cpu in cpus}
    for number, waited in waits.items():
        by_number[number].wait, by_number[number].delay = waited.wait, waited.delay


def nic(
        described: domain.Nic, window: sampling.Window, port: Optional[element.Port], kinds: Any,
) -> diagnostics.NicDiagnostics:
    """A NIC of the domain."""
    counters = window.last.nics.get(described.device or '', {})
    made: diagnostics.NicDiagnostics = kinds.NicDiagnostics(
        mac_address=described.mac_address, device=described.device,
        port_id=port.uuid if port else None, network_id=port.network if port else None,
        rx_rate=window.octet_rate(described.device, 'rx.bytes'),
        tx_rate=window.octet_rate(described.device, 'tx.bytes'),
        **{field: counters.get(counter) for field, counter in _NIC_COUNTERS.items()})
    return made


def disks(
        description: domain.Domain, answer: domain_stats.Statistics, kinds: Any = diagnostics,
) -> list[diagnostics.DiskDiagnostics]:
    """The disks of the domain.

    :param answer: ``block.*``, as far as it is known
    :param kinds: as for :func:`of_reading`
    """
    counters = domain_stats.devices(answer, 'block')
    return [
        kinds.DiskDiagnostics(
            device=disk.device or None, bus=disk.bus, boot_index=disk.boot_index,
            volume_id=identities.volume_id(disk, description.volumes), **{
                field: counters.get(disk.device, {}).get(counter)
                for field, counter in _DISK_COUNTERS.items()})
        for disk in description.disks]
