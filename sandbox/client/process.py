"""The process table as an independent check."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import time
from collections.abc import Iterator

from sandbox.client.api import wait_for

_FREEZER = pathlib.Path('/sys/fs/cgroup/freezer')

_TICK = os.sysconf('SC_CLK_TCK')


class GuestProcess:
    """The QEMU of one guest."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @classmethod
    def find(cls, server_id: str) -> GuestProcess:
        """The QEMU that runs the server's guest, on whichever host."""
        wanted = f'\0-uuid\0{server_id}\0'.encode()
        for entry in pathlib.Path('/proc').iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and wanted in (entry / 'cmdline').read_bytes():
                    return cls(int(entry.name))
        raise LookupError(f'no QEMU runs server {server_id}')

    def age(self) -> float:
        """Seconds since it was started."""
        since_boot = int(_stat(pathlib.Path(f'/proc/{self.pid}/stat'))[19]) / _TICK
        return time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot

    def vcpu_seconds(self) -> dict[int, float]:
        """CPU time that the thread of each vCPU has used."""
        used = {}
        for task in pathlib.Path(f'/proc/{self.pid}/task').iterdir():
            vcpu = re.fullmatch(r'CPU (\d+)/\w+', (task / 'comm').read_text().strip())
            if vcpu:
                fields = _stat(task / 'stat')
                used[int(vcpu.group(1))] = (int(fields[11]) + int(fields[12])) / _TICK
        return used

    def kill(self) -> None:
        """End it as a crash would."""
        os.kill(self.pid, signal.SIGKILL)


@contextlib.contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """Processes that hang for a while: SIGSTOP, and SIGCONT at the end."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Processes that are blocked in the kernel for a while (state D), by the freezer of cgroups.

    :raises OSError: the kernel has no such freezer (that of cgroups, version 1)
    """
    group = _FREEZER / f'sandbox-{os.getpid()}'
    group.mkdir()
    try:
        for pid in pids:
            (group / 'cgroup.procs').write_text(str(pid))
        (group / 'freezer.state').write_text('FROZEN')
        yield
    finally:
        (group / 'freezer.state').write_text('THAWED')
        for line in (group / 'cgroup.procs').read_text().splitlines():
            with contextlib.suppress(ProcessLookupError):
                (_FREEZER / 'cgroup.procs').write_text(line)
        group.rmdir()


def reexecute(pid: int, number: int) -> None:
    """Send a process a signal at which it executes itself anew, and wait until it has.

    Another such signal that comes before the new program expects it would end it.
    """
    folder = pathlib.Path(f'/proc/{pid}')

    def expects_it() -> bool:
        caught = re.findall(r'(?m)^SigCgt:\s*(\w+)$', (folder / 'status').read_text())
        return bool(int(caught[0], 16) >> (number - 1) & 1)

    # What the kernel tells a program at its start differs each time.
    before = (folder / 'auxv').read_bytes()
    wait_for(f'process {pid} expects the signal', expects_it, interval=0.01)
    os.kill(pid, number)
    wait_for(f'process {pid} runs anew', lambda: (
        (folder / 'auxv').read_bytes() != before and expects_it()), interval=0.01)


def _stat(path: pathlib.Path) -> list[str]:
    """The fields after the command's name, from the state on."""
    return path.read_text().rpartition(')')[2].split()
