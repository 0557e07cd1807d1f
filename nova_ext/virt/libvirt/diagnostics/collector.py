# SPDX-License-Identifier: Apache-2.0
"""Putting together what is known about a guest."""

from __future__ import annotations

import functools
from typing import Any, Optional

import libvirt
from lxml import etree
from nova import exception as nova_exception
from oslo_config import cfg
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.nova_compat import libvirt as nova_libvirt
from nova_ext.objects import diagnostics
from nova_ext.virt import answers, host_os, sampling
from nova_ext.virt.libvirt import processes, queries, start_times, vcpu_threads
from nova_ext.virt.libvirt.diagnostics import (
    agents,
    bulk,
    domain,
    fields,
    identities,
    legacy,
    memory,
    questions,
    readings,
)

LOG = logging.getLogger(__name__)

#: Nothing can be read of a guest: libvirt refuses, or its domain is no XML that makes sense.
_UNREADABLE = (libvirt.libvirtError, ValueError, etree.LxmlError)


class Collector:
    """Finds out what is known about the guests of one host."""

    def __init__(
            self, host: Any, conf: cfg.ConfigOpts,
            guest_processes: Optional[processes.Processes] = None) -> None:
        """Make a collector.

        :param host: nova.virt.libvirt.host.Host
        :param conf: Nova's configuration with the group ``nova_ext``
        :param guest_processes: the guests'; None: those of this machine
        """
        #: Asks the host's libvirt, whatever about.
        self.queries = queries.Queries(
            lambda: nova_libvirt.connect(host), conf.nova_ext.libvirt_timeout)
        self._reader = readings.Reader(self.queries)
        self._memory = memory.MemoryReports()
        self._agents = agents.GuestAgents(
            self.queries, are_asked=conf.nova_ext.ask_guest_agents)
        self._processes = guest_processes or processes.Processes()
        #: Tells when guests were started.
        self.start_times = start_times.StartTimes(self._processes)
        self._threads = vcpu_threads.VcpuThreads()
        #: Tells about many guests at once.
        self.bulk = bulk.BulkCollector(bulk.Sources(
            self.queries, self._reader, self._memory, self._processes, self.start_times,
            self._threads, lambda: self._hypervisor_os), conf.nova_ext.sample_interval)
        self.sampler = self.bulk.sampler

    @functools.cached_property
    def _hypervisor_os(self) -> Optional[str]:
        return host_os.identify()

    def collect(
            self, instance: Any, version: str = diagnostics.Diagnostics.VERSION,
    ) -> diagnostics.Diagnostics:
        """What is known about a server's guest now.

        :param instance: nova.objects.Instance
        :param version: of Diagnostics; what costs something and is not in that is left out
        :returns: whatever could be found out; never raises because of the guest
        :raises nova.exception.HypervisorUnavailable: libvirt does not answer
        """
        def find() -> diagnostics.Diagnostics:
            with readings.requiring_domain(instance):
                return self._collect(instance, is_detailed=version != '1.0')

        return answers.collect(instance, fields.DRIVER, find, _UNREADABLE)

    def collect_legacy(self, instance: Any) -> dict[str, int]:
        """Nova's unformatted diagnostics (compute 2.1 to 2.47).

        :param instance: nova.objects.Instance
        :raises nova.exception.InstanceNotFound: it has no domain
        :raises nova.exception.HypervisorUnavailable: libvirt does not answer
        """
        try:
            with readings.requiring_domain(instance):
                reading = self._reader.read(instance.uuid)
                entries, problem = legacy.collect(
                    reading,
                    self.queries.ask_about(instance.uuid, lambda _, domain: domain.maxMemory()),
                    lambda question: self.queries.ask_guest(
                        instance.uuid, question,
                        self._process(instance, reading.described.domain)))
        except exception.NotResponding as error:
            LOG.warning('Failed to read diagnostics: %s', error, instance=instance)
            raise nova_exception.HypervisorUnavailable() from error
        if problem is not None:
            LOG.warning('Disks and memory use are unknown: %s', problem, instance=instance)
        return entries

    def stamp_start(self, instance: Any, *, booted: bool = False) -> None:
        """Note in the domain when it was started, before another process takes it over.

        :param instance: nova.objects.Instance; whatever fails is logged and otherwise ignored
        :param booted: whether Nova has just started it
        """
        stamp = self.start_times.stamp_booted if booted else self.start_times.stamp
        try:
            self.queries.ask_guest(instance.uuid, lambda _, domain: stamp(domain)).result()
        except Exception as error:  # Nova goes on with what it does to the guest
            LOG.warning('Failed to record the start time in the domain, so the uptime will be '
                        'unknown: %s', error, instance=instance)

    def _collect(self, instance: Any, *, is_detailed: bool) -> diagnostics.Diagnostics:
        """What is known; with the details that version 1.1 of Diagnostics has added, or not."""
        uuid = instance.uuid
        ask = functools.partial(self._ask_guest, instance, times=is_detailed)
        # libvirt and the guest's QEMU are asked at the same time.
        coming = self._reader.begin(uuid)
        asked = ask(self._reader.expect(uuid))
        first = coming()
        if asked is None or asked.description != first.described.domain:
            asked = ask(first.described.domain)
        agent = self._agents.begin(uuid, first) if is_detailed else None
        reading, window = self._observe(uuid, first)
        found = fields.of_reading(
            reading, window,
            identities.find_ports(reading.described.domain, instance) if is_detailed else ())
        found.hypervisor_os = self._hypervisor_os
        disks = used = found.uptime = None
        run = reading.run
        if not run.has_ended:
            process = asked.process if asked is not None else None
            if process is None or not process.is_there():
                process = self._process(instance, reading.described.domain)
            found.uptime = self.start_times.uptime(process, reading.described.xml, run)
            if is_detailed:
                fields.add_waits(found.cpu_details, self._threads.read(
                    process, {cpu.id for cpu in found.cpu_details}))
            # What another run's QEMU answered says nothing about this one.
            if asked is not None and asked.description.id == reading.described.domain.id:
                disks, used = asked.answer()
                found.guest_agent = agent() if agent else None
        found.disk_details = fields.disks(reading.described.domain, disks or {})
        found.memory_details.used = used
        return found

    def _ask_guest(
            self, instance: Any, description: Optional[domain.Domain], *, times: bool,
    ) -> Optional[questions.GuestQuestion]:
        """Begin to ask a guest's QEMU; None: there is none.

        :param description: the guest's domain, as it is expected to be
        :param times: whether to ask how long requests to disks took
        """
        if description is None or not description.id:
            return None
        return questions.GuestQuestion(
            instance, description, self._process(instance, description), self.queries,
            self._memory, times=times)

    def _observe(
            self, uuid: str, first: readings.Reading,
    ) -> tuple[readings.Reading, sampling.Window]:
        """The last reading of a guest, and the window that ends with it.

        The guest may have been ended or started since the one that was taken ``first``.
        """
        last = first

        def sample_again() -> sampling.Sample:
            nonlocal last
            last = self._reader.read(uuid)
            return last.sample

        if first.run.has_ended:
            return first, sampling.Window(first.sample, first.sample)
        window = self.sampler.window(uuid, first.sample, sample_again)
        return last, window

    def _process(self, instance: Any, description: domain.Domain) -> Optional[processes.Process]:
        return self._processes.find(description.name, instance.uuid)
