# SPDX-License-Identifier: Apache-2.0
"""What diagnostics ask a guest's QEMU, which may not answer."""

from __future__ import annotations

import functools
from typing import Any, Optional

import libvirt
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt import processes, queries
from nova_ext.virt.libvirt.diagnostics import domain, domain_stats, memory

LOG = logging.getLogger(__name__)


class GuestQuestion:
    """What only the guest's QEMU knows: disks and, when a report is due, memory."""

    def __init__(
            self, instance: Any, description: domain.Domain,
            process: Optional[processes.Process], host_queries: queries.Queries,
            reports: memory.MemoryReports, *, times: bool) -> None:
        """Ask, without waiting for the answer.

        :param description: the guest's domain, as it is expected to be
        :param process: its QEMU, if it can be seen
        :param times: whether to ask how long requests to disks took
        """
        self._instance = instance
        #: What was taken for the guest's domain and its QEMU.
        self.description, self.process = description, process
        self._reports = reports
        self._due = reports.is_due(instance.uuid, description.id)
        self._call: Optional[bounded.Call[domain_stats.Statistics]] = None
        try:
            self._call = host_queries.ask_guest(instance.uuid, functools.partial(
                domain_stats.slow, disks=description.targets, balloon=self._due,
                times=times), process)
        except exception.NotResponding as error:
            self._complain(error)

    def answer(self) -> tuple[Optional[domain_stats.Statistics], Optional[int]]:
        """``block.*`` and the MiB of memory in use; None for what is not known in time."""
        if self._call is None:
            return None, None
        try:
            found = self._call.result()
        except (exception.NotResponding, libvirt.libvirtError) as error:
            self._complain(error)
            return None, None
        uuid, run = self._instance.uuid, self.description.id
        period = self.description.balloon_period
        if self._due:
            self._reports.note(uuid, run, found, period)
        return found, self._reports.used(uuid, run, period)

    def _complain(self, error: Exception) -> None:
        LOG.warning('Disks and memory use are unknown: %s', error, instance=self._instance)
