# SPDX-License-Identifier: Apache-2.0
"""When a guest was last started.

Two sources are put together. The QEMU process knows when it began, and that is when the guest
was started unless the process took over a guest from elsewhere (live migration, resume from
disk). For those there is a stamp in nova-ext's own element of the domain's metadata, which
libvirt carries along. Where neither tells, the answer is None.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import time
from typing import Any, Optional

import libvirt
from lxml import etree
from oslo_log import log as logging

from nova_ext.virt.libvirt.metadata import element

LOG = logging.getLogger(__name__)

#: Where libvirt notes the process of each running guest.
_PID_FILES = pathlib.Path('/run/libvirt/qemu')


@dataclasses.dataclass(frozen=True)
class _Process:
    """A running guest's QEMU."""

    #: Seconds since the epoch.
    began: float
    #: Whether it received a guest that was already running.
    took_over: bool


class StartTimes:
    """Tells when guests were started, and stamps it into them."""

    def __init__(
            self, pid_files: pathlib.Path = _PID_FILES,
            proc: pathlib.Path = pathlib.Path('/proc')) -> None:
        self._pid_files = pid_files
        self._proc = proc

    def uptime(self, guest: Any, xml: str) -> Optional[int]:
        """Seconds since the running guest was last started.

        :param guest: nova.virt.libvirt.guest.Guest
        :param xml: its live XML
        """
        started = self.started(guest, xml)
        return None if started is None else max(0, round(time.time() - started))

    def started(self, guest: Any, xml: str) -> Optional[float]:
        """Seconds since the epoch at which the running guest was last started.

        A stamp is believed only when the process says that it took the guest over: otherwise it
        may be left from an earlier run.
        """
        process = self._process(guest)
        if process is None:
            return None
        if not process.took_over:
            return process.began
        return element.get_started(element.find(etree.fromstring(xml.encode())))

    def stamp(self, guest: Any, domain: Any) -> None:
        """Write into the live domain when it was started, where the process knows it.

        Called before the process changes and the guest does not: live migration and suspend.

        :param guest: nova.virt.libvirt.guest.Guest
        :param domain: the same guest's libvirt.virDomain, to write through
        :raises libvirt.libvirtError: the domain could not be changed
        """
        process = self._process(guest)
        if process is not None and not process.took_over:
            before = element.find(etree.fromstring(domain.XMLDesc(0).encode()))
            domain.setMetadata(
                libvirt.VIR_DOMAIN_METADATA_ELEMENT,
                etree.tostring(element.with_started(before, process.began), encoding='unicode'),
                element.KEY, element.NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_LIVE)

    def _process(self, guest: Any) -> Optional[_Process]:
        """The guest's process as /proc shows it; None where it does not."""
        try:
            pid = int((self._pid_files / f'{guest.name}.pid').read_text())
            arguments = (self._proc / str(pid) / 'cmdline').read_bytes().split(b'\0')
            # The command's name may hold spaces and brackets: count from its end.
            fields = (self._proc / str(pid) / 'stat').read_text().rpartition(')')[2].split()
            since_boot = int(fields[19]) / os.sysconf('SC_CLK_TCK')
        except (OSError, ValueError, IndexError) as error:
            LOG.debug('When the guest was started is unknown: %s', error,
                      instance_uuid=guest.uuid)
            return None
        return _Process(
            began=time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot),
            took_over=b'-incoming' in arguments)
