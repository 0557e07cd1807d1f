# SPDX-License-Identifier: Apache-2.0
"""The QEMU processes of a host's guests, as far as they can be seen from here."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import time
from typing import Optional

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

#: Where libvirt notes the process of each running guest.
_PID_FILES = pathlib.Path('/run/libvirt/qemu')


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

    def find(self, name: str, uuid: str) -> Optional[Process]:
        """The QEMU of a guest that runs; None: it is not known which process that is.

        The number in the PID file is one of libvirtd's PID namespace, and is believed only when
        the process of that number here is this guest's QEMU. Where there is no such process, it
        cannot be seen from this namespace: libvirt would know if the guest's QEMU had ended.

        :param name: of the libvirt domain
        :param uuid: of the libvirt domain
        """
        pid_file = self._pid_files / f'{name}.pid'
        try:
            process = self._proc / _number(pid_file.read_text())
            if not process.exists():
                return Process(began=pid_file.stat().st_mtime)
            return self._read(process, uuid)
        except (OSError, ValueError, IndexError) as error:
            LOG.debug('Failed to find the QEMU process: %s', error, instance_uuid=uuid)
            return None

    @staticmethod
    def _read(process: pathlib.Path, uuid: str) -> Optional[Process]:
        """What a directory of /proc says, if the process is the guest's QEMU."""
        arguments = (process / 'cmdline').read_bytes().split(b'\0')
        if (b'-uuid', uuid.encode()) not in zip(arguments, arguments[1:]):
            raise ValueError(f'{process} is another process')
        # The command's name may hold spaces and brackets: count from its end.
        fields = (process / 'stat').read_text().rpartition(')')[2].split()
        since_boot = int(fields[19]) / os.sysconf('SC_CLK_TCK')
        return Process(
            began=time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot),
            took_over=b'-incoming' in arguments, state=fields[0], directory=process)


def _number(text: str) -> str:
    """The number in a PID file.

    :raises ValueError: there is none
    """
    number = int(text)
    if number <= 0:
        raise ValueError(f'{number} is no process')
    return str(number)
