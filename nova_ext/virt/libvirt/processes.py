# SPDX-License-Identifier: Apache-2.0
"""The QEMU processes of a host's guests, as far as they can be seen from here."""

from __future__ import annotations

import dataclasses
import pathlib
import time
from typing import Optional

from oslo_log import log as logging

from nova_ext.virt.libvirt import procfs

LOG = logging.getLogger(__name__)

#: Where libvirt notes the process of each running guest.
_PID_FILES = pathlib.Path('/run/libvirt/qemu')

#: Where a process's start is among the fields behind its command's name, in ticks since boot.
_BEGAN = 19

#: The states of a process that has ended, as in proc(5).
_ENDED = ('Z', 'X')

#: Guests whose processes are remembered.
_REMEMBERED = 2000


@dataclasses.dataclass(frozen=True)
class Process:
    """A running guest's QEMU."""

    #: When it was started, in seconds since the epoch.
    began: float
    #: Whether it received a guest that was already running; None: it cannot be seen, as from
    #: another PID namespace, and all that is known is when libvirt wrote its PID file.
    took_over: Optional[bool] = None
    #: The state of its main thread, a letter as in proc(5); empty: it cannot be seen.
    state: str = ''
    #: Its directory in /proc; None: it cannot be seen.
    directory: Optional[pathlib.Path] = None

    def is_there(self) -> bool:
        """Whether it can be seen, still."""
        return self.directory is not None and self.directory.exists()

    @property
    def is_stopped(self) -> bool:
        """Whether it does nothing at all, and does not answer either."""
        return self.state == 'T'

    @property
    def is_blocked(self) -> bool:
        """Whether it waits for storage or for a debugger, and may not answer."""
        return self.state in ('D', 't')


class Processes:
    """Finds the QEMU of a guest."""

    def __init__(
            self, pid_files: pathlib.Path = _PID_FILES,
            proc: pathlib.Path = pathlib.Path('/proc')) -> None:
        self._pid_files = pid_files
        self._proc = proc
        #: Those that were found to be a guest's QEMU, by its UUID: their directories, when they
        #: began in ticks since boot, and what else does not change.
        self._known: dict[str, tuple[pathlib.Path, str, bool]] = {}

    def find(self, name: str, uuid: str) -> Optional[Process]:
        """The QEMU of a guest that runs; None: it is not known which process that is.

        The number in the PID file is one of libvirtd's PID namespace, and is believed only when
        the process of that number here is this guest's QEMU. Where there is no such process, it
        cannot be seen from this namespace: libvirt would know if the guest's QEMU had ended.

        :param name: of the libvirt domain
        :param uuid: of the libvirt domain
        """
        known = self._read_known(uuid)
        if known is not None:
            return known
        pid_file = self._pid_files / f'{name}.pid'
        try:
            process = self._proc / _number(pid_file.read_text())
            if not process.exists():
                return Process(began=pid_file.stat().st_mtime)
            return self._read(process, uuid)
        except (OSError, ValueError, IndexError) as error:
            LOG.debug('Failed to find the QEMU process: %s', error, instance_uuid=uuid)
            return None

    def _read_known(self, uuid: str) -> Optional[Process]:
        """The QEMU that was found before, if it still runs.

        No other process has its number and the moment at which it began.
        """
        found = self._known.get(uuid)
        if found is None:
            return None
        directory, began, took_over = found
        try:
            fields = _stat(directory)
        except (OSError, IndexError):
            fields = []
        if len(fields) > _BEGAN and fields[_BEGAN] == began and fields[0] not in _ENDED:
            return _process(directory, fields, took_over=took_over)
        self._known.pop(uuid, None)
        return None

    def _read(self, process: pathlib.Path, uuid: str) -> Optional[Process]:
        """What a directory of /proc says, if the process is the guest's QEMU."""
        arguments = (process / 'cmdline').read_bytes().split(b'\0')
        if (b'-uuid', uuid.encode()) not in zip(arguments, arguments[1:]):
            raise ValueError(f'{process} is another process')
        fields = _stat(process)
        took_over = b'-incoming' in arguments
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[uuid] = process, fields[_BEGAN], took_over
        return _process(process, fields, took_over=took_over)


def _stat(process: pathlib.Path) -> list[str]:
    """The fields of proc_pid_stat(5) behind the command's name, from the state on."""
    content = procfs.read(f'{process}/stat').decode(errors='replace')
    # The name may hold spaces and brackets: count from its end.
    return content.rpartition(')')[2].split()


def _process(directory: pathlib.Path, fields: list[str], *, took_over: bool) -> Process:
    since_boot = int(fields[_BEGAN]) / procfs.TICKS
    return Process(
        began=time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot),
        took_over=took_over, state=fields[0], directory=directory)


def _number(text: str) -> str:
    """The number in a PID file.

    :raises ValueError: there is none
    """
    number = int(text)
    if number <= 0:
        raise ValueError(f'{number} is no process')
    return str(number)
