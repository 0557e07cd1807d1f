# SPDX-License-Identifier: Apache-2.0
"""What the tests of the time at which a guest was started share."""

from __future__ import annotations

import time
from typing import Optional

import libvirt

from nova_ext.virt.libvirt import processes, start_times
from tests.fixtures import guest_processes
from tests.unit import base

NAME = 'instance-00000001'
UUID = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'
PID = 4321

#: An argument of a process that takes over a guest: live migration, resume from disk.
INCOMING = ('-incoming', 'defer')

#: A run of a guest that was started here and has not been paused since.
BOOTED = start_times.Run(
    (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_BOOTED), {0: 10**9})

#: What is read on a busy machine when it is 100 seconds.
ABOUT_100 = range(100, 110)


class Machine(guest_processes.GuestProcesses):
    """A host with one guest, whose QEMU was started 100 seconds ago."""

    def _setUp(self) -> None:
        super()._setUp()
        self.processes = processes.Processes(self.pid_files, self.proc)
        self.times = start_times.StartTimes(self.processes)
        self.set_qemu()

    def set_qemu(self, *more: str, age: float = 100, state: str = 'S') -> None:
        """Let the guest's QEMU have more arguments, another age or state."""
        self.show(NAME, UUID, PID, more=more, age=age, state=state)

    def hide(self, age: float = 100) -> None:
        """Let /proc be that of another PID namespace; the PID file is ``age`` seconds old."""
        self.hide_process(PID, NAME, age)

    def get_uptime(self, xml: str, run: start_times.Run = BOOTED) -> Optional[int]:
        """Return the guest's uptime in seconds."""
        return self.times.uptime(self.processes.find(NAME, UUID), xml, run)


def make_xml(stamp: Optional[str] = None) -> str:
    """Make a guest's XML, with such a stamp unless it is None."""
    inside = '' if stamp is None else (
        '<metadata><x:domain xmlns:x="http://openstack.org/xmlns/libvirt/nova-ext/1.0" '
        f'started="{stamp}"/></metadata>')
    return f'<domain>{inside}</domain>'


def make_stamped_xml(ago: float) -> str:
    """Make a guest's XML with a stamp of so many seconds ago."""
    return make_xml(time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() - ago)))


class StartedTestCase(base.TestCase):
    """A guest whose process was started 100 seconds ago on :attr:`machine`."""

    def setUp(self) -> None:
        super().setUp()
        self.machine = self.useFixture(Machine())
