# SPDX-License-Identifier: Apache-2.0
"""The mounts that a process sees, which tell what its paths lead to.

Nobody needs rights to read them, as for ``/proc/PID/root`` of root's processes. The kernel numbers
devices for all mount namespaces alike, whatever container a process is in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Optional

#: Where the kernel tells about processes.
PROC = '/proc'

#: What the kernel appends to the directory of a mount that has been deleted.
_DELETED = '//deleted'


class Place(NamedTuple):
    """What a path leads to: the same file or directory, if it is the same for two processes."""

    #: The number of the device, ``major:minor``.
    device: str
    #: The path on that.
    path: str


class _Mount(NamedTuple):
    """A line of proc_pid_mountinfo(5)."""

    number: str
    #: The number of the mount that it is on.
    parent: str
    device: str
    #: The directory or file of the device that is mounted.
    source: str
    #: Where it is mounted.
    point: str
    #: The name of what is mounted, such as ``/dev/vda1`` or ``overlay``; empty: unknown.
    name: str = ''


class Mounts:
    """The mounts that a process sees, none if they are not visible."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Read the lines of a process's ``mountinfo``."""
        mounts = [_parse(line) for line in lines]
        known = {mount.number for mount in mounts}
        self._mounts: dict[tuple[Optional[str], str], _Mount] = {}
        for mount in mounts:
            is_below = mount.parent in known - {mount.number}
            self._mounts[mount.parent if is_below else None, mount.point] = mount

    @classmethod
    def of(cls, pid: str) -> Mounts:
        """The mounts of a process, or of this one (``self``)."""
        try:
            with open(f'{PROC}/{pid}/mountinfo', encoding='utf-8', errors='replace') as file:
                return cls(file)
        except OSError:
            return cls(())

    def point(self, path: str) -> Optional[str]:
        """Where that is mounted which an absolute path without links leads to; None: unknown."""
        mount = self._find(path)
        return mount and mount.point

    def is_whole_device(self, path: str) -> bool:
        """Whether all of a file system that is on a device of this machine is mounted there."""
        mount = self._find(path)
        return (mount is not None and (mount.point, mount.source) == (path, '/')
                and mount.name.startswith('/dev/'))

    def place(self, path: str) -> Optional[Place]:
        """What an absolute path without links leads to; None: unknown."""
        mount = self._find(path)
        if mount is None or mount.source.endswith(_DELETED):
            return None
        rest = os.path.relpath(path, mount.point)
        return Place(mount.device, os.path.normpath(os.path.join(mount.source, rest)))

    def _find(self, path: str) -> Optional[_Mount]:
        """The mount on which a path is."""
        found = None
        for point in _prefixes(path):
            # One may be mounted on another.
            while above := self._mounts.get((found and found.number, point)):
                found = above
            if found is None:
                return None
        return found


def _parse(line: str) -> _Mount:
    number, parent, device, source, point = line.split()[:5]
    behind = line.partition(' - ')[2].split()  # the optional fields
    return _Mount(number, parent, device, source, point, behind[1] if len(behind) > 1 else '')


def _prefixes(path: str) -> Iterator[str]:
    """The directories that lead to an absolute path, and the path."""
    yield '/'
    for index, letter in enumerate(f'{path}/'):
        if letter == '/' and index:
            yield path[:index]
