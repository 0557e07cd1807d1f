# SPDX-License-Identifier: Apache-2.0
"""Reads many guests at once: what libvirt says about them without asking their QEMUs.

State and network counters of all of them come in one call. There is none for their XML, which
takes a quick one for each. Their vCPUs' times are read where libvirt reads them, if they can be
seen. Whatever goes wrong with one guest, or with all of them because of one, is left to the
reader of single guests.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Optional

import libvirt
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import processes, queries, vcpu_threads
from nova_ext.virt.libvirt.diagnostics import bulk_readings, readings

LOG = logging.getLogger(__name__)


class BulkReader:
    """Reads the guests of one host."""

    def __init__(
            self, host_queries: queries.Queries, single: readings.Reader,
            guest_processes: processes.Processes, threads: vcpu_threads.VcpuThreads) -> None:
        """Take what asks the host's libvirt, and what reads single guests and finds processes."""
        self._queries = host_queries
        self._single = single
        self._processes = guest_processes
        self._threads = threads

    def read(self, uuids: Collection[str]) -> dict[str, Optional[readings.Reading]]:
        """Read some guests.

        :returns: by UUID; None: libvirt has no such guest. Those that libvirt does not tell about
            in time are missing
        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        return self._read(uuids, 0)

    def sample_running(self) -> Iterable[tuple[str, sampling.Sample]]:
        """A sample of each guest that runs.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        running = self._single.list_running()
        for uuid, reading in self._read(running, libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE).items():
            if reading is not None:
                yield uuid, reading.sample

    def _read(self, uuids: Collection[str], which: int) -> dict[str, Optional[readings.Reading]]:
        """As :meth:`read`.

        :param which: flags for libvirt's list of domains
        """
        found: dict[str, Optional[readings.Reading]] = {}
        began = time.monotonic()
        try:
            seen = self._queries.ask_about_all(
                functools.partial(bulk_readings.read, uuids=frozenset(uuids), which=which))
            together = self._complete(seen)
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            LOG.debug('The guests are read one by one: %s', error)
            together = {}
        for uuid, reading in together.items():
            # Open vSwitch is asked about each of its guests; others have waited long enough then.
            if reading is not None and time.monotonic() - began < self._queries.timeout:
                reading = self._single.complete(uuid, reading)
            found[uuid] = reading
        for uuid in uuids:
            if uuid not in found:
                self._read_single(uuid, found)
        return found

    def _complete(
            self, seen: Mapping[str, Optional[bulk_readings.PartialReading]],
    ) -> dict[str, Optional[readings.Reading]]:
        """Read the CPU times, where QEMU can be seen from where libvirt has them.

        :raises nova_ext.exception.NotResponding: libvirt does not tell about one of the others
        """
        found: dict[str, Optional[readings.Reading]] = {}
        unseen = []
        for uuid, partial in seen.items():
            if partial is None or partial.is_off:
                found[uuid] = None if partial is None else partial.complete({})
                continue
            description = partial.described.domain
            times = self._threads.cpu_times(
                self._processes.find(description.name, uuid), description.cpus)
            if times:
                found[uuid] = partial.complete(times)
            else:
                unseen.append(uuid)
        if unseen:
            told = self._queries.ask_about_all(
                functools.partial(bulk_readings.read_vcpus, uuids=frozenset(unseen)))
            found.update((uuid, one.complete(told[uuid])) for uuid in unseen
                         if uuid in told and (one := seen[uuid]) is not None)
        return found

    def _read_single(self, uuid: str, found: dict[str, Optional[readings.Reading]]) -> None:
        """Read a guest, if libvirt tells about it."""
        try:
            found[uuid] = self._single.read(uuid)
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            if (isinstance(error, libvirt.libvirtError)
                    and error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN):
                found[uuid] = None
            else:
                LOG.debug('Failed to read the domain: %s', error, instance_uuid=uuid)
        except Exception as error:  # the others are read all the same
            LOG.warning('Failed to read the domain: %s: %s', type(error).__name__, error,
                        instance_uuid=uuid)
