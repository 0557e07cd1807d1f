# SPDX-License-Identifier: Apache-2.0
"""Putting together what is known about a guest."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from typing import Any, Optional

import libvirt
from nova import exception as nova_exception
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.objects import diagnostics
from nova_ext.virt.libvirt import (
    bounded,
    domain,
    host_os,
    legacy,
    memory,
    monitors,
    sampler,
    started,
    statistics,
)

LOG = logging.getLogger(__name__)

Statistics = statistics.Statistics

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
    'write_requests': 'wr.reqs', 'errors_count': 'errors'}


class Collector:
    """Finds out what is known about the guests of one host."""

    def __init__(self, host: Any, conf: cfg.ConfigOpts) -> None:
        """Make a collector.

        :param host: nova.virt.libvirt.host.Host
        :param conf: Nova's configuration with the group ``nova_ext``
        """
        self._host = host
        #: Asks the host's guests, whatever about.
        self.monitors = monitors.Monitors(
            lambda: host._connect(host._uri, host._read_only), conf.nova_ext.libvirt_timeout)
        self.sampler = sampler.Sampler(conf.nova_ext.sample_interval, self._sample_all)
        self._memory = memory.MemoryReports()
        #: Tells when guests were started.
        self.start_times = started.StartTimes()
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
            return _nothing_known(instance, error)
        except nova_exception.InternalError as error:  # Nova's word for other errors of libvirt
            return _nothing_known(instance, error)

    def collect_legacy(self, instance: Any) -> dict[str, int]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47).

        :param instance: nova.objects.Instance
        :raises nova.exception.InstanceNotFound: it has no domain
        """
        entries, problem = legacy.collect(
            self._host.get_guest(instance), self.monitors)
        if problem is not None:
            LOG.warning('Disks and memory use are unknown: %s', problem, instance=instance)
        return entries

    def stamp_start(self, instance: Any) -> None:
        """Note in the domain when it was started, before another process takes it over.

        :param instance: nova.objects.Instance; whatever fails is logged and otherwise ignored
        """
        try:
            guest = self._host.get_guest(instance)
            self.monitors.ask(
                instance.uuid,
                lambda _, its_domain: self.start_times.stamp(guest, its_domain)).result()
        except (nova_exception.NovaException, exception.GuestNotResponding,
                libvirt.libvirtError) as error:
            LOG.warning('The time of start could not be noted in the domain, its uptime will '
                        'be unknown: %s', error, instance=instance)

    def _collect(self, instance: Any, guest: Any) -> diagnostics.Diagnostics:
        xml = guest.get_xml_desc()
        description = domain.parse(xml)
        if guest.id < 0:
            sample = self._sample(guest)
            window = sampler.Window(sample, sample)
            disks = used = uptime = None
        else:
            # What needs no answer from the guest is looked at while its QEMU is asked.
            asked = _MonitorQuestion(instance, guest, description, self.monitors, self._memory)
            window = self.sampler.window(guest.uuid, lambda: self._sample(guest))
            uptime = self.start_times.uptime(guest, xml)
            disks, used = asked.answer()
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
            disk_details=_disks(description, disks or {}),
            memory_details=diagnostics.MemoryDiagnostics(
                maximum=description.memory_mib, used=used),
            config_drive=description.config_drive)

    def _sample_all(self) -> Iterable[tuple[str, sampler.Sample]]:
        for guest in self._host.list_guests(only_running=True):
            try:
                yield guest.uuid, self._sample(guest)
            except libvirt.libvirtError as error:
                LOG.debug('Not sampled: %s', error, instance_uuid=guest.uuid)

    def _sample(self, guest: Any) -> sampler.Sample:
        """The counters that need no answer from the guest."""
        quick = statistics.quick(guest)
        return sampler.Sample(
            taken=time.monotonic(), domain_id=guest.id,
            state=(quick['state.state'], quick['state.reason']),
            cpu_times=statistics.cpu_times(guest) if guest.id >= 0 else {},
            nics=statistics.devices(quick, 'net'))


def _nothing_known(instance: Any, error: Exception) -> diagnostics.Diagnostics:
    LOG.warning('Nothing can be said about the guest: %s', error, instance=instance)
    return diagnostics.Diagnostics.unknown(driver=DRIVER)


class _MonitorQuestion:
    """What only the guest's QEMU knows: disks and, when a report is due, memory."""

    def __init__(
            self, instance: Any, guest: Any, description: domain.Domain,
            asker: monitors.Monitors, reports: memory.MemoryReports) -> None:
        """Ask, without waiting for the answer."""
        self._instance = instance
        self._guest = guest
        self._period = description.balloon_period
        self._reports = reports
        self._due = reports.is_due(guest.uuid, guest.id)
        self._call: Optional[bounded.Call[Statistics]] = None
        try:
            self._call = asker.ask(guest.uuid, functools.partial(
                statistics.slow, disks=description.disks, balloon=self._due))
        except exception.GuestNotResponding as error:
            self._complain(error)

    def answer(self) -> tuple[Optional[Statistics], Optional[int]]:
        """``block.*`` and the MiB of memory in use; None for what is not known in time."""
        if self._call is None:
            return None, None
        try:
            found = self._call.result()
        except (exception.GuestNotResponding, libvirt.libvirtError) as error:
            self._complain(error)
            return None, None
        uuid, run = self._guest.uuid, self._guest.id
        if self._due:
            self._reports.note(uuid, run, found, self._period)
        return found, self._reports.used(uuid, run, self._period)

    def _complain(self, error: Exception) -> None:
        LOG.warning('Disks and memory use are unknown: %s', error, instance=self._instance)


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
        description: domain.Domain, answer: Statistics
) -> list[diagnostics.DiskDiagnostics]:
    counters = statistics.devices(answer, 'block')
    return [
        diagnostics.DiskDiagnostics(**{
            field: counters.get(disk, {}).get(counter)
            for field, counter in _DISK_COUNTERS.items()})
        for disk in description.disks]
