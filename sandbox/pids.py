"""What the kernel tells of processes by their pids, and their end by force."""

import contextlib
import os
import pathlib
import signal
import time

_POLL_INTERVAL = 0.02  # seconds


def kill_group(pid: int, timeout: float) -> None:
    """End by force a process that leads a group, and the workers that it may have left behind.

    :param timeout: seconds to wait until they are gone
    """
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    # A worker that is still ending would keep the port from the next one.
    deadline = time.monotonic() + timeout
    while _group_exists(pid) and time.monotonic() < deadline:
        time.sleep(_POLL_INTERVAL)


def _group_exists(pid: int) -> bool:
    """Whether a process of that group is left."""
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def start_time(pid: int) -> str | None:
    """The start time of a process in clock ticks; None when it is gone or a zombie."""
    try:
        stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return None
    fields = stat.rpartition(')')[2].split()
    return None if fields[0] in 'ZX' else fields[19]


def outer(anchor: int, inner: int) -> int | None:
    """Translate a pid of a host into ours; None when there is no such process.

    The kernel's list of a process's children may leave some out while others end, as those of a
    host's first process do all the time: all processes are asked instead.

    :param anchor: the host's first process
    """
    namespace = os.readlink(f'/proc/{anchor}/ns/pid')
    for process in pathlib.Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if os.readlink(process / 'ns/pid') != namespace:
                continue
            status = (process / 'status').read_text()
            numbers = next(line for line in status.splitlines() if line.startswith('NSpid:'))
            if int(numbers.split()[-1]) == inner:
                return int(process.name)
    return None
