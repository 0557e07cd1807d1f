# SPDX-License-Identifier: Apache-2.0
"""When a guest was last started.

Two sources are put together. The QEMU process knows when it began, and that is when the guest
was started unless the process took over a guest from elsewhere (live migration, resume from
disk). For those there is a stamp in nova-ext's own element of the domain's metadata, which
libvirt carries along. Where neither can be trusted, the answer is None.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any, Optional

import libvirt
from lxml import etree
from oslo_log import log as logging

from nova_ext.virt.libvirt import documents, processes
from nova_ext.virt.libvirt.diagnostics import domain_stats
from nova_ext.virt.libvirt.metadata import element

LOG = logging.getLogger(__name__)

#: Seconds by which a PID file may be written before or after the guest is started.
_TOLERANCE = 5.0

#: The states of a guest that runs or will go on. One that has crashed will not, even where its
#: process is kept for somebody to look at.
_ACTIVE = (
    libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_BLOCKED, libvirt.VIR_DOMAIN_PAUSED,
    libvirt.VIR_DOMAIN_SHUTDOWN, libvirt.VIR_DOMAIN_PMSUSPENDED)

#: Why a guest runs, if it does in a process that received it when it was already running.
_TAKEN_OVER = (
    libvirt.VIR_DOMAIN_RUNNING_MIGRATED, libvirt.VIR_DOMAIN_RUNNING_RESTORED,
    libvirt.VIR_DOMAIN_RUNNING_POSTCOPY)


#: What libvirt says of a guest that was started paused and runs.
_STARTED_PAUSED = (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_UNPAUSED)


@dataclasses.dataclass(frozen=True)
class Run:
    """What libvirt says about the present run of a guest."""

    #: (state, reason) in libvirt's numbers.
    state: tuple[int, int]
    #: CPU time in nanoseconds by vCPU.
    cpu_times: Mapping[int, int]

    @property
    def is_active(self) -> bool:
        """Whether the guest runs, or is paused and will go on."""
        return self.state[0] in _ACTIVE

    @property
    def has_ended(self) -> bool:
        """Whether there is no process any more."""
        return bool(self.state[0] == libvirt.VIR_DOMAIN_SHUTOFF)


class StartTimes:
    """Tells when guests were started, and stamps it into them."""

    def __init__(self, host_processes: processes.Processes) -> None:
        """Know the guests' processes."""
        self._processes = host_processes

    def uptime(
            self, process: Optional[processes.Process], xml: str, run: Run) -> Optional[int]:
        """Seconds since a guest was last started; None when it does not run, or is unknown.

        :param process: as for :meth:`started`, and still there when ``run`` was read
        :param xml: as for :meth:`started`
        :param run: what libvirt says about it
        """
        if not run.is_active:
            return None
        started = self.started(process, xml, lambda: run)
        return None if started is None else max(0, round(time.time() - started))

    def started(
            self, process: Optional[processes.Process], xml: str,
            get_run: Callable[[], Run]) -> Optional[float]:
        """Seconds since the epoch at which a running guest was last started.

        A stamp is believed only when the process took the guest over: otherwise it may be left
        from an earlier run.

        :param process: its QEMU; None: unknown
        :param xml: its live XML
        :param get_run: asks libvirt about the run, where the process cannot be seen
        """
        if process is None:
            return None
        if process.took_over is False:
            return process.began
        stamp = element.get_started(element.find(documents.parse(xml)))
        if process.took_over:
            return stamp
        return _by_pid_file(process.began, stamp, get_run())

    def stamp(self, domain: Any) -> None:
        """Write into a live domain when it was started, where the process knows it.

        Called before the process changes and the guest does not: live migration and suspend.

        :param domain: libvirt.virDomain
        :raises libvirt.libvirtError: the domain could not be changed
        """
        xml = domain.XMLDesc(0)
        started = self.started_in(domain, xml)
        if started is not None:
            _write(domain, xml, started)

    def stamp_booted(self, domain: Any) -> None:
        """Write into a live domain that Nova has just started when that was.

        Only where its process cannot be seen: Nova starts most guests paused, and lets them run
        when their ports are there. All that libvirt says from then on is that it was paused.

        :param domain: libvirt.virDomain
        :raises libvirt.libvirtError: the domain could not be changed
        """
        process = self._processes.find(domain.name(), domain.UUIDString())
        if (process is not None and process.took_over is None
                and tuple(domain.state()) == _STARTED_PAUSED):
            _write(domain, domain.XMLDesc(0), process.began)

    def started_in(self, domain: Any, xml: str) -> Optional[float]:
        """As :meth:`started`, with whatever is needed from a libvirt.virDomain."""
        return self.started(
            self._processes.find(domain.name(), domain.UUIDString()), xml,
            lambda: Run(tuple(domain.state()), domain_stats.cpu_times(domain)))


def _write(domain: Any, xml: str, started: float) -> None:
    """Write into a live domain when it was started."""
    before = element.find(documents.parse(xml))
    domain.setMetadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT,
        etree.tostring(element.with_started(before, started), encoding='unicode'),
        element.KEY, element.NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_LIVE)


def _by_pid_file(written: float, stamp: Optional[float], run: Run) -> Optional[float]:
    """When a guest was started whose process cannot be seen.

    The time of its PID file is held against what libvirt says: no vCPU can have run for longer,
    and of a guest that was received the start is that of another process.

    :param written: when libvirt wrote the PID file
    """
    if not run.is_active:
        return None  # the file may be that of a process that has ended
    age = time.time() - written
    spent = max(run.cpu_times.values(), default=0) / 1e9
    if age < -_TOLERANCE or spent > age + _TOLERANCE:
        LOG.debug('Ignoring a PID file that is %.0f s old: a vCPU has run for %.0f s',
                  age, spent)
        return None
    state, reason = run.state
    if state == libvirt.VIR_DOMAIN_RUNNING:
        if reason == libvirt.VIR_DOMAIN_RUNNING_BOOTED:
            return written
        if reason in _TAKEN_OVER:
            return stamp
    # It was paused since it was started or received: what was noted before must say which.
    return written if stamp is not None and abs(stamp - written) <= _TOLERANCE else None
