# SPDX-License-Identifier: Apache-2.0
"""What the tests of the time at which a guest was started share."""

from __future__ import annotations

import os
import pathlib
import time
import types
from typing import Any, Optional

from nova_ext.virt.libvirt import started
from tests.unit import base

TICKS = os.sysconf('SC_CLK_TCK')
NAME = 'instance-00000001'
PID = 4321

QEMU = ('/usr/bin/qemu-system-x86_64', '-name', f'guest={NAME}', '-S')
#: A process that takes over a guest: live migration, resume from disk.
INCOMING = (*QEMU, '-incoming', 'defer')

GUEST = types.SimpleNamespace(name=NAME, uuid='0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1')

#: What is read on a busy machine when it is 100 seconds.
ABOUT_100 = (100, 101)


class Machine:
    """A host with one QEMU process, as /proc and libvirt's PID files show it."""

    def __init__(self, root: pathlib.Path) -> None:
        self.pid_file = root / 'run' / f'{NAME}.pid'
        self.process = root / 'proc' / str(PID)
        self.pid_file.parent.mkdir()
        self.process.mkdir(parents=True)
        self.pid_file.write_text(f'{PID}\n')
        self.times = started.StartTimes(self.pid_file.parent, self.process.parent)
        self.set_process(QEMU)

    def set_process(self, command: tuple[str, ...], name: str = 'qemu-system-x86',
                    age: float = 100) -> None:
        """Let the process be this command, started ``age`` seconds ago."""
        began = int((time.clock_gettime(time.CLOCK_BOOTTIME) - age) * TICKS)
        fields = ['S', *(str(number) for number in range(4, 22)), str(began), '0', '0']
        (self.process / 'stat').write_text(f'{PID} ({name}) {" ".join(fields)}\n')
        (self.process / 'cmdline').write_bytes(b''.join(
            word.encode() + b'\0' for word in command))

    def get_uptime(self, xml: str, guest: Any = GUEST) -> Optional[int]:
        """Return the guest's uptime in seconds."""
        return self.times.uptime(guest, xml)


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
        self.machine = Machine(self.make_directory())
