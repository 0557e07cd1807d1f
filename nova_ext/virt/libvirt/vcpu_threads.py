# SPDX-License-Identifier: Apache-2.0
"""How long the threads of a guest's vCPUs waited for a CPU of the host.

libvirt's bulk statistics have the same as ``vcpu.N.wait`` and ``vcpu.N.delay``. It reads them from
the same files, but asks the guest's QEMU two questions besides, whether or not it is told not to
wait (seen with libvirt 9.0: ``query-stats-schemas`` and ``query-stats``), and says 0 for what the
kernel does not count. Read here, they cost the guest nothing, are there when it hangs, and unknown
when they are.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import re
from collections.abc import Callable, Collection
from typing import Optional, TypeVar

from oslo_log import log as logging

from nova_ext.virt.libvirt import processes, procfs

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: What QEMU calls the thread of a vCPU: ``CPU 0/KVM``. One that emulates all of them is no one's.
_NAME = re.compile(rb'CPU (\d+)/')

#: A line of /proc/PID/sched, in milliseconds with six decimals; ``se.statistics.wait_sum`` before
#: Linux 5.16.
_WAIT = re.compile(rb'(?m)^(?:se\.statistics\.)?wait_sum\s*:\s*(\d+)\.(\d{6})$')

#: The sysctl without which the scheduler keeps no statistics, in /proc.
_SWITCH = 'sys/kernel/sched_schedstats'

#: Guests whose threads are remembered.
_REMEMBERED = 500


@dataclasses.dataclass(frozen=True)
class Waits:
    """Nanoseconds since the thread began; None: the kernel does not count them."""

    #: As the scheduler's statistics have it.
    wait: Optional[int]
    #: As the accounting of tasks has it, which KVM tells the guest as steal time.
    delay: Optional[int]


class VcpuThreads:
    """Reads it, of the guests of one host."""

    def __init__(self) -> None:
        #: The directories of the threads by the number of the vCPU, by the process's directory.
        self._known: dict[pathlib.Path, dict[int, str]] = {}

    def read(
            self, process: Optional[processes.Process], numbers: Collection[Optional[int]],
    ) -> dict[int, Waits]:
        """How long each vCPU's thread waited.

        :param process: the guest's QEMU; None: it is not known
        :param numbers: the vCPUs as the domain has them. On some architectures QEMU has another
            number for one that was plugged in
        :returns: by number; empty when the threads cannot be seen, or are not those of ``numbers``
        """
        return self._read_with(_read, process, numbers)

    def cpu_times(
            self, process: Optional[processes.Process], numbers: Collection[Optional[int]],
    ) -> dict[int, int]:
        """CPU time in nanoseconds of each vCPU's thread, as libvirt reads it from the same files.

        As :meth:`read`.
        """
        return self._read_with(_cpu_times, process, numbers)

    def _read_with(
            self, read: Callable[[pathlib.Path, dict[int, str]], dict[int, T]],
            process: Optional[processes.Process], numbers: Collection[Optional[int]],
    ) -> dict[int, T]:
        """Read something of each thread."""
        if process is None or process.directory is None:
            return {}
        try:
            threads = self._known.get(process.directory, {})
            with contextlib.suppress(FileNotFoundError):  # of another process, which has ended
                if threads.keys() == set(numbers):
                    return read(process.directory, threads)
            threads = _list(process.directory)
            if threads.keys() != set(numbers):
                return {}
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[process.directory] = threads
            return read(process.directory, threads)
        except (OSError, ValueError, IndexError) as error:  # it has ended, or its files are odd
            LOG.debug('What vCPUs did is unknown: %s', error)
            return {}


def _list(process: pathlib.Path) -> dict[int, str]:
    """The directory of each vCPU's thread, by its number."""
    threads: dict[int, str] = {}
    for name in os.listdir(process / 'task'):
        thread = f'{process}/task/{name}'
        with contextlib.suppress(FileNotFoundError):  # a worker's, which has ended
            found = _NAME.match(procfs.read(f'{thread}/comm'))
            if found:
                threads[int(found[1])] = thread
    return threads


def _read(process: pathlib.Path, threads: dict[int, str]) -> dict[int, Waits]:
    """What there is to read of each thread, first of all whether it is there.

    :raises FileNotFoundError: it is not
    """
    counted = _is_counted(process.parent)
    return {number: Waits(delay=_delay(thread), wait=_wait(thread) if counted else None)
            for number, thread in threads.items()}


def _cpu_times(process: pathlib.Path, threads: dict[int, str]) -> dict[int, int]:
    """The time of each thread, in user mode and in the kernel.

    :raises FileNotFoundError: it is not there
    """
    times = {}
    for number, thread in threads.items():
        fields = procfs.read(f'{thread}/stat').rpartition(b')')[2].split()
        times[number] = 10**9 * (int(fields[11]) + int(fields[12])) // procfs.TICKS
    return times


def _is_counted(proc: pathlib.Path) -> bool:
    """Whether the scheduler keeps statistics."""
    try:
        return procfs.read(f'{proc}/{_SWITCH}').strip() == b'1'
    except FileNotFoundError:  # a kernel without CONFIG_SCHEDSTATS
        return False


def _wait(thread: str) -> Optional[int]:
    found = _WAIT.search(procfs.read(f'{thread}/sched'))
    return int(found[1] + found[2]) if found else None


def _delay(thread: str) -> Optional[int]:
    _, delay, slices = procfs.read(f'{thread}/schedstat').split()
    # A kernel that was told not to count says 0 throughout, also for how often it has run.
    return int(delay) if int(slices) else None
