# SPDX-License-Identifier: Apache-2.0
"""Looks at many guests at once: what libvirt says about them without asking their QEMUs.

State and network counters of all of them come in one call. There is none for their XML, which
takes a quick one for each. Their vCPUs' times are read where libvirt reads them, if they can be
seen. Whatever goes wrong with one guest, or with all of them because of one, is left to single
looks.
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
from nova_ext.virt.libvirt.diagnostics import glances, looks

LOG = logging.getLogger(__name__)


class Overview:
    """Looks at the guests of one host."""

    def __init__(
            self, host_queries: queries.Queries, single: looks.Looks,
            guest_processes: processes.Processes, threads: vcpu_threads.VcpuThreads) -> None:
        """Take what asks the host's libvirt, and what looks at single guests and processes."""
        self._queries = host_queries
        self._single = single
        self._processes = guest_processes
        self._threads = threads

    def take(self, uuids: Collection[str]) -> dict[str, Optional[looks.Look]]:
        """Look at some guests.

        :returns: by UUID; None: libvirt has no such guest. Those that libvirt does not tell about
            in time are missing
        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        return self._take(uuids, 0)

    def sample_running(self) -> Iterable[tuple[str, sampling.Sample]]:
        """A sample of each guest that runs.

        :raises nova_ext.exception.HypervisorNotResponding: libvirt does not answer at all
        """
        running = self._single.list_running()
        for uuid, look in self._take(running, libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE).items():
            if look is not None:
                yield uuid, look.sample

    def _take(self, uuids: Collection[str], which: int) -> dict[str, Optional[looks.Look]]:
        """As :meth:`take`.

        :param which: flags for libvirt's list of domains
        """
        found: dict[str, Optional[looks.Look]] = {}
        began = time.monotonic()
        try:
            seen = self._queries.ask_about_all(
                functools.partial(glances.read, uuids=frozenset(uuids), which=which))
            together = self._complete(seen)
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            LOG.debug('The guests are looked at one by one: %s', error)
            together = {}
        for uuid, look in together.items():
            # Open vSwitch is asked about each of its guests; others have waited long enough then.
            if look is not None and time.monotonic() - began < self._queries.timeout:
                look = self._single.complete(uuid, look)
            found[uuid] = look
        for uuid in uuids:
            if uuid not in found:
                self._take_single(uuid, found)
        return found

    def _complete(
            self, seen: Mapping[str, Optional[glances.Glance]]) -> dict[str, Optional[looks.Look]]:
        """Read the CPU times, where QEMU can be seen from where libvirt has them.

        :raises nova_ext.exception.NotResponding: libvirt does not tell about one of the others
        """
        found: dict[str, Optional[looks.Look]] = {}
        unseen = []
        for uuid, glance in seen.items():
            if glance is None or glance.is_off:
                found[uuid] = None if glance is None else glance.complete({})
                continue
            description = glance.described.domain
            times = self._threads.cpu_times(
                self._processes.find(description.name, uuid), description.cpus)
            if times:
                found[uuid] = glance.complete(times)
            else:
                unseen.append(uuid)
        if unseen:
            told = self._queries.ask_about_all(
                functools.partial(glances.read_vcpus, uuids=frozenset(unseen)))
            found.update((uuid, one.complete(told[uuid])) for uuid in unseen
                         if uuid in told and (one := seen[uuid]) is not None)
        return found

    def _take_single(self, uuid: str, found: dict[str, Optional[looks.Look]]) -> None:
        """Look at a guest, if libvirt tells about it."""
        try:
            found[uuid] = self._single.take(uuid)
        except exception.HypervisorNotResponding:
            raise
        except (exception.NotResponding, libvirt.libvirtError) as error:
            if (isinstance(error, libvirt.libvirtError)
                    and error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN):
                found[uuid] = None
            else:
                LOG.debug('Failed to look at it: %s', error, instance_uuid=uuid)
        except Exception as error:  # the others are looked at all the same
            LOG.warning('Failed to read the domain: %s: %s', type(error).__name__, error,
                        instance_uuid=uuid)
