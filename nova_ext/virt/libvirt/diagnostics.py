# SPDX-License-Identifier: Apache-2.0
"""Putting together what is known about a guest."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, Optional

import libvirt
from nova import exception as nova_exception
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.objects import diagnostics
from nova_ext.virt.libvirt import domain, host_os, legacy, monitors, sampler, started, statistics

LOG = logging.getLogger(__name__)

DRIVER = 'libvirt'

#: The balloon's figures are out of date after this many of its periods, and a little more.
_BALLOON_PERIODS = 2
_BALLOON_GRACE = 5

_KIB_PER_MIB = 1024

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
    'write_requests': 'wr.reqs', 'errors_count': 'errors'}


class Collector:
    """Finds out what is known about the guests of one host."""

    def __init__(self, host: Any, conf: cfg.ConfigOpts) -> None:
        """Make a collector.

        :param host: nova.virt.libvirt.host.Host
        :param conf: Nova's configuration with the group ``nova_ext``
        """
        self._host = host
        self._reader = statistics.StatisticsReader(host.get_connection)
        self._monitors = monitors.Monitors(
            lambda: host._connect(host._uri, host._read_only), conf.nova_ext.libvirt_timeout)
        self.sampler = sampler.Sampler(conf.nova_ext.sample_interval, self._sample_all)
        self._start_times = started.StartTimes()
        self._hypervisor_os = host_os.identify()

    def collect(self, instance: Any) -> diagnostics.Diagnostics:
        """What is known about a server's guest now.

        :param instance: nova.objects.Instance
        :returns: whatever could be found out; never raises because of the guest
        :raises nova.exception.HypervisorUnavailable: libvirt cannot be reached
        """
        try:
            return self._collect(instance, self._host.get_guest(instance))
        except nova_exception.InstanceNotFound:
            # Not defined yet, or not at this moment: Nova redefines it in a hard reboot.
            return diagnostics.Diagnostics.unknown(state='pending', driver=DRIVER)
        except libvirt.libvirtError as error:
            if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN:
                return diagnostics.Diagnostics.unknown(state='pending', driver=DRIVER)
            LOG.warning('Nothing can be said about the guest: %s', error, instance=instance)
            return diagnostics.Diagnostics.unknown(driver=DRIVER)

    def collect_legacy(self, instance: Any) -> dict[str, int]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47).

        :param instance: nova.objects.Instance
        :raises nova.exception.InstanceNotFound: it has no domain
        """
        entries, problem = legacy.collect(
            self._host.get_guest(instance), self._reader, self._monitors)
        if problem is not None:
            LOG.warning('Disks and memory use are unknown: %s', problem, instance=instance)
        return entries

    def stamp_start(self, instance: Any) -> None:
        """Note in the domain when it was started, before another process takes it over.

        :param instance: nova.objects.Instance; whatever fails is logged and otherwise ignored
        """
        try:
            guest = self._host.get_guest(instance)
            self._monitors.ask(
                instance.uuid,
                lambda connection, domain: self._start_times.stamp(guest, domain))
        except (nova_exception.NovaException, exception.GuestNotResponding,
                libvirt.libvirtError) as error:
            LOG.warning('The time of start could not be noted in the domain, its uptime will '
                        'be unknown: %s', error, instance=instance)

    def _collect(self, instance: Any, guest: Any) -> diagnostics.Diagnostics:
        xml = guest.get_xml_desc()
        description = domain.parse(xml)
        sample = self._sample(guest)
        window = sampler.Window(sample, sample)
        slow: statistics.Statistics = {}
        uptime = None
        if sample.state[0] != libvirt.VIR_DOMAIN_SHUTOFF:
            slow = self._ask_monitor(instance, guest)
            window = self.sampler.window(guest.uuid, sample, lambda: self._sample(guest))
            uptime = self._start_times.uptime(guest, xml)
        return diagnostics.Diagnostics(
            state=_state(guest, *window.last.state),
            driver=DRIVER,
            hypervisor=description.hypervisor,
            hypervisor_os=self._hypervisor_os,
            uptime=uptime,
            num_cpus=description.num_cpus,
            num_nics=len(description.nics),
            num_disks=len(description.disks),
            cpu_details=[_cpu(number, window) for number in range(description.num_cpus)],
            nic_details=[_nic(nic, window) for nic in description.nics],
            disk_details=_disks(description, slow),
            memory_details=diagnostics.MemoryDiagnostics(
                maximum=description.memory_mib, used=_memory_used(description, slow)),
            config_drive=description.config_drive)

    def _ask_monitor(self, instance: Any, guest: Any) -> statistics.Statistics:
        """What only the guest's QEMU knows; nothing when it does not say so in time."""
        try:
            return self._monitors.ask(guest.uuid, self._reader.slow)
        except (exception.GuestNotResponding, libvirt.libvirtError) as error:
            LOG.warning('Disks and memory use are unknown: %s', error, instance=instance)
            return {}

    def _sample_all(self) -> Iterable[tuple[str, sampler.Sample]]:
        for guest in self._host.list_guests(only_running=True):
            try:
                yield guest.uuid, self._sample(guest)
            except libvirt.libvirtError as error:
                LOG.debug('Not sampled: %s', error, instance_uuid=guest.uuid)

    def _sample(self, guest: Any) -> sampler.Sample:
        """The counters that need no answer from the guest."""
        quick = self._reader.quick(guest)
        return sampler.Sample(
            taken=time.monotonic(), domain_id=guest.id,
            state=(quick['state.state'], quick['state.reason']),
            cpu_times=statistics.cpu_times(guest) if guest.id >= 0 else {},
            nics=statistics.devices(quick, 'net'))


def _state(guest: Any, state: int, reason: int) -> Optional[str]:
    if state == libvirt.VIR_DOMAIN_SHUTOFF:
        if reason in _CRASHED:
            return 'crashed'
        if _is_saved(guest):
            return 'suspended'
    return _STATES.get(state)


def _is_saved(guest: Any) -> bool:
    try:
        return bool(guest._domain.hasManagedSaveImage(0))
    except libvirt.libvirtError as error:
        if error.get_error_code() != libvirt.VIR_ERR_NO_SUPPORT:
            raise
        return False  # LXC cannot save a guest


def _cpu(number: int, window: sampler.Window) -> diagnostics.CpuDiagnostics:
    return diagnostics.CpuDiagnostics(
        id=number, time=window.last.cpu_times.get(number),
        utilisation=window.utilisation(number))


def _nic(nic: domain.Nic, window: sampler.Window) -> diagnostics.NicDiagnostics:
    counters = window.last.nics.get(nic.device or '', {})
    return diagnostics.NicDiagnostics(
        mac_address=nic.mac_address,
        rx_rate=window.octet_rate(nic.device, 'rx.bytes'),
        tx_rate=window.octet_rate(nic.device, 'tx.bytes'),
        **{field: counters.get(counter) for field, counter in _NIC_COUNTERS.items()})


def _disks(
        description: domain.Domain, slow: statistics.Statistics
) -> list[diagnostics.DiskDiagnostics]:
    counters = statistics.devices(slow, 'block')
    return [
        diagnostics.DiskDiagnostics(**{
            field: counters.get(disk, {}).get(counter)
            for field, counter in _DISK_COUNTERS.items()})
        for disk in description.disks]


def _memory_used(description: domain.Domain, slow: statistics.Statistics) -> Optional[int]:
    """MiB in use by the guest, as its balloon driver last reported; None when that is too old.

    That is the memory it has less what it could still give out without swapping, its own
    MemTotal less MemAvailable. A guest too old to report the latter counts its caches as used.
    """
    age = time.time() - slow.get('balloon.last-update', 0)
    if age > (description.balloon_period or 0) * _BALLOON_PERIODS + _BALLOON_GRACE:
        return None
    total: Optional[int] = slow.get('balloon.available')
    free: Optional[int] = slow.get('balloon.usable', slow.get('balloon.unused'))
    if total is None or free is None or free > total:
        return None
    return round((total - free) / _KIB_PER_MIB)
