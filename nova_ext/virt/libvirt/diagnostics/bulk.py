# SPDX-License-Identifier: Apache-2.0
"""What is known about many guests of a host at once, for the price of a few calls to libvirt.

Their figures are those of :mod:`nova_ext.virt.libvirt.diagnostics.collector`, from the same notes
of the sampler, except that no agent in a guest is asked whether it answers: that takes a worker of
libvirtd and up to a quarter of a second for each.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Optional

from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.objects import light
from nova_ext.virt import capabilities, sampling
from nova_ext.virt.libvirt import processes, queries, start_times, vcpu_threads
from nova_ext.virt.libvirt.diagnostics import (
    bulk_questions,
    bulk_reader,
    domain,
    domain_stats,
    fields,
    identities,
    memory,
    readings,
)

LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Sources:
    """What a host's diagnostics are made of, which requests for one and for many guests share."""

    queries: queries.Queries
    reader: readings.Reader
    memory: memory.MemoryReports
    processes: processes.Processes
    start_times: start_times.StartTimes
    threads: vcpu_threads.VcpuThreads
    get_hypervisor_os: Callable[[], Optional[str]]


class BulkCollector:
    """Finds out what is known about many guests of one host."""

    def __init__(self, sources: Sources, interval: float) -> None:
        """Make a collector.

        :param interval: seconds between two notes of the guests' counters
        """
        self._sources = sources
        self._reader = bulk_reader.BulkReader(
            sources.queries, sources.reader, sources.processes, sources.threads)
        self._turn = threading.Lock()
        #: Notes the guests' counters, also for requests for one guest.
        self.sampler = sampling.Sampler(interval, self._reader.sample_running)

    def collect_many(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        """What is known about some servers' guests now.

        :param uuids: the servers'
        :returns: whatever could be found out, by UUID; never raises because of a guest
        :raises nova.exception.HypervisorUnavailable: libvirt does not answer
        """
        # libvirt passes over a guest that another request asks at the moment.
        of_host = self._sources.queries
        has_turn = of_host.patience.wait(
            lambda seconds: self._turn.acquire(timeout=seconds), of_host.timeout)
        try:
            return self._collect(uuids)
        except exception.HypervisorNotResponding as error:
            LOG.warning('No diagnostics of the guests of this host: %s', error)
            raise nova_exception.HypervisorUnavailable() from error
        finally:
            if has_turn:
                self._turn.release()

    def _collect(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        # QEMUs are asked while libvirt is, about the guests as they were seen last.
        expected = {uuid: self._guest(uuid, description) for uuid in uuids
                    if (description := self._sources.reader.expect(uuid)) is not None}
        question = bulk_questions.BulkQuestion(self._sources.queries, expected.values())
        seen = self._reader.read(uuids)
        guests = {uuid: expected[uuid] for uuid in self._as_expected(expected, seen)}
        others = {uuid: self._guest(uuid, reading.described.domain)
                  for uuid, reading in seen.items()
                  if reading is not None and uuid not in guests and not reading.run.has_ended}
        question_to_others = bulk_questions.BulkQuestion(self._sources.queries, others.values())
        answers_of = ((question, frozenset(guests)), (question_to_others, frozenset(others)))
        guests.update(others)

        def sample_again(fresh: Collection[str]) -> dict[str, sampling.Sample]:
            again = {uuid: reading for uuid, reading in self._reader.read(fresh).items()
                     if reading}
            seen.update(again)
            return {uuid: reading.sample for uuid, reading in again.items()}

        windows = self.sampler.windows(
            {uuid: reading.sample for uuid, reading in seen.items() if reading and uuid in guests},
            sample_again)
        answers = {uuid: answer for asked, these in answers_of
                   for uuid, answer in asked.answers(these).items() if uuid in these}
        found: dict[str, capabilities.Found] = {}
        for uuid in uuids:
            reading = seen.get(uuid)
            if reading is None:  # libvirt has no such guest, or does not tell about it
                has_none = uuid in seen
                found[uuid] = capabilities.Found(
                    responding=has_none, diagnostics=_unknown('pending' if has_none else None))
            else:
                found[uuid] = self._make(
                    reading, windows.get(uuid), guests.get(uuid), answers.get(uuid))
        return found

    @staticmethod
    def _as_expected(
            expected: Mapping[str, bulk_questions.Guest],
            seen: Mapping[str, Optional[readings.Reading]]) -> Iterator[str]:
        """The guests that run as it was expected, with the same disks."""
        for uuid, guest in expected.items():
            reading = seen.get(uuid)
            if reading is not None and not reading.run.has_ended and (
                    guest.domain.id, guest.domain.disks) == (
                    reading.described.domain.id, reading.described.domain.disks):
                yield uuid

    def _guest(self, uuid: str, description: domain.Domain) -> bulk_questions.Guest:
        """A running guest, and what its QEMU has to be asked for."""
        return bulk_questions.Guest(
            uuid, description, self._sources.processes.find(description.name, uuid),
            # Without disks there is nothing else to tell by whether it answers.
            balloon=self._sources.memory.is_due(uuid, description.id) or not description.disks)

    def _make(
            self, reading: readings.Reading, window: Optional[sampling.Window],
            guest: Optional[bulk_questions.Guest], answer: Optional[domain_stats.Statistics],
    ) -> capabilities.Found:
        """What is known about a guest.

        :param reading: the last one of it
        :param window: None: it does not run
        :param guest: as its QEMU was asked; None: it did not run then
        :param answer: None: its QEMU did not answer
        """
        description = reading.described.domain
        found = fields.of_reading(
            reading, window or sampling.Window(reading.sample, reading.sample),
            identities.find_ports(description, None), light)
        found.hypervisor_os = self._sources.get_hypervisor_os()
        is_same_run = guest is not None and guest.domain.id == description.id
        if guest is not None and is_same_run:
            found.uptime = self._sources.start_times.uptime(
                guest.process, reading.described.xml, reading.run)
            fields.add_waits(found.cpu_details, self._sources.threads.read(
                guest.process, {cpu.id for cpu in found.cpu_details}))
            if answer is not None:
                found.memory_details.used = self._read_memory(guest, answer)
        # Of those that the guest has got since, one may have the name of one of before.
        are_same_disks = (
            guest is not None and is_same_run and guest.domain.disks == description.disks)
        found.disk_details = fields.disks(
            description, answer if answer is not None and are_same_disks else {}, light)
        return capabilities.Found(
            responding=answer is not None or not is_same_run, diagnostics=found)

    def _read_memory(
            self, guest: bulk_questions.Guest, answer: domain_stats.Statistics) -> Optional[int]:
        """The MiB in use by a guest that has answered."""
        reports, run, period = (
            self._sources.memory, guest.domain.id, guest.domain.balloon_period)
        if guest.balloon:
            reports.note(guest.uuid, run, answer, period)
        return reports.used(guest.uuid, run, period)


def _unknown(state: Optional[str] = None) -> Any:
    return light.Diagnostics(state=state, driver=fields.DRIVER)
