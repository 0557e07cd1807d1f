# SPDX-License-Identifier: Apache-2.0
"""How long the threads of a guest's vCPUs waited for a CPU of the host.

libvirt's bulk statistics have the same as ``vcpu.N.wait`` and ``vcpu.N.delay``. It reads them from
the same files, but asks the guest's QEMU two questions besides, whether or not it is told not to
wait (seen with libvirt 9.0: ``query-stats-schemas`` and ``query-stats``), and says 0 for what the
kernel does not count. Read here, they cost the guest nothing, are there when it hangs, and unknown
when they are.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from collections.abc import Iterator
from typing import Optional

from oslo_log import log as logging

from nova_ext.virt.libvirt import processes

LOG = logging.getLogger(__name__)

#: What QEMU calls the thread of a vCPU: ``CPU 0/KVM``. One that emulates all of them is no one's.
_NAME = re.compile(r'CPU (\d+)/')

#: A line of /proc/PID/sched, in milliseconds with six decimals; ``se.statistics.wait_sum`` before
#: Linux 5.16. There is none unless the sysctl kernel.sched_schedstats is 1.
_WAIT = re.compile(r'(?m)^(?:se\.statistics\.)?wait_sum\s*:\s*(\d+)\.(\d{6})$')


@dataclasses.dataclass(frozen=True)
class Waits:
    """Nanoseconds since the thread began; None: the kernel does not count them."""

    #: As the scheduler's statistics have it.
    wait: Optional[int]
    #: As the accounting of tasks has it, which KVM tells the guest as steal time.
    delay: Optional[int]


def read(process: processes.Process) -> dict[int, Waits]:
    """How long each vCPU's thread waited, by the number of the vCPU.

    :param process: the guest's QEMU
    :returns: empty when its threads cannot be seen
    """
    if process.directory is None:
        return {}
    try:
        return {number: Waits(_wait(thread), _delay(thread))
                for number, thread in _threads(process.directory / 'task')}
    except (OSError, ValueError, IndexError) as error:  # it has just ended, or its files are odd
        LOG.debug('How long vCPUs waited is unknown: %s', error)
        return {}


def _threads(tasks: pathlib.Path) -> Iterator[tuple[int, pathlib.Path]]:
    for name in os.listdir(tasks):
        try:
            found = _NAME.match((tasks / name / 'comm').read_text())
        except FileNotFoundError:  # a worker's, which has ended
            continue
        if found:
            yield int(found[1]), tasks / name


def _wait(thread: pathlib.Path) -> Optional[int]:
    try:
        found = _WAIT.search((thread / 'sched').read_text())
    except FileNotFoundError:  # a kernel without CONFIG_SCHED_DEBUG
        return None
    return int(found[1] + found[2]) if found else None


def _delay(thread: pathlib.Path) -> Optional[int]:
    try:
        _, delay, slices = (thread / 'schedstat').read_text().split()
    except FileNotFoundError:  # a kernel without CONFIG_SCHED_INFO
        return None
    # A kernel that was told not to count says 0 throughout, also for how often it has run.
    return int(delay) if int(slices) else None
