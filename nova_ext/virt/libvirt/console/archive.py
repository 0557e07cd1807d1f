# SPDX-License-Identifier: Apache-2.0
"""The logs of deleted servers, in a directory of this host's own, as root sees them.

A server has a directory there, for root alone: its log with its rotated files and its offsets, as
they were, and an empty file whose time is that of the deletion.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import time
from typing import NamedTuple

from nova_ext.virt import capabilities
from nova_ext.virt.libvirt.console import counted, index, log, offsets, places

#: The names of a log's newest file, and of the one that tells its age, in its server's directory.
NEWEST = 'console.log'
SINCE = 'deleted'

#: Bytes of a log at most that are copied, where its files are on another file system.
MAX_COPIED = 16 * 1024 * 1024

#: Bytes of the quota that are left to the offsets of the only log that fits into it.
RESERVED = 64 * 1024

#: What a file takes on a disk is a multiple of so many bytes.
_BLOCK = 4096


class Kept(NamedTuple):
    """How much of a log is kept."""

    #: Bytes.
    size: int
    #: Bytes that are older, and not kept.
    older: int


def keep(path: str, directory: str, server: str, port: int, quota: int) -> Kept:
    """Move the log of a server that is being deleted, with its offsets. Done again, it is nothing.

    :param path: of the log's newest file, which nobody writes any more
    :param directory: where this host keeps such logs; made if it is not there
    :param server: its UUID
    :param port: the number of the serial port on which it was printed
    :param quota: bytes at most; of more, the newest are kept
    :raises OSError: it cannot be kept
    """
    place = os.path.join(directory, server)
    new = places.of_port(os.path.join(place, NEWEST), port)
    # What deletes old logs takes this for all ports of the server.
    with offsets.locked(os.path.join(place, NEWEST)):
        if os.path.lexists(new) or not _is_there(path):
            return Kept(0, 0)
        has_others = os.path.isdir(place)
        for parent in (os.path.dirname(directory), directory, place):
            _make_directory(parent)
        kept = Kept(0, 0)
        try:
            _note_time(os.path.join(place, SINCE))
            kept = _move(path, new, max(0, quota - RESERVED))
        finally:
            if not (kept.size or has_others):
                shutil.rmtree(place, ignore_errors=True)
        return kept


def _is_there(path: str) -> bool:
    """Whether there is a log that is the server's, and no device or pipe of the host's."""
    try:
        return log.is_countable(path) and bool(_status(path))
    except FileNotFoundError:
        return False  # neither is its directory


def _status(path: str) -> dict[str, os.stat_result]:
    """What a log's files are, by what is added to the name of the newest, the newest first.

    :raises FileNotFoundError: their directory is not there
    """
    found = {}
    for suffix in ('', *(f'.{number}' for number in log.numbers(path))):
        with contextlib.suppress(FileNotFoundError):
            found[suffix] = os.lstat(path + suffix)
    return found


def _make_directory(path: str) -> None:
    """Make a directory for root alone, unless it is there.

    :raises NotADirectoryError: something else, or a link, is
    """
    with contextlib.suppress(FileExistsError):
        os.mkdir(path, 0o700)
    check_directory(path)


def check_directory(path: str) -> None:
    """Return when there is a directory, to which no link leads.

    :raises NotADirectoryError: something else, or a link, is there
    :raises FileNotFoundError: nothing is there
    """
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)


def _note_time(name: str) -> None:
    """Make a file whose time is now by this host's clock, which a file server's may not be."""
    number = os.open(
        name, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.close(number)
    now = time.time()
    os.utime(name, (now, now))


def _move(path: str, new: str, limit: int) -> Kept:
    """Move a log, or copy its newest part where its files cannot be moved or are too many.

    Whoever is to delete the log does not wait for a copy to be written, which may take long.
    """
    with offsets.locked(path):
        files = _status(path)
        size = sum(on_disk(status) for status in files.values())
        if size <= limit and all(stat.S_ISREG(status.st_mode) for status in files.values()):
            try:
                return Kept(_rename(path, new, list(files)), 0)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
        found = counted.read(path, min(limit, MAX_COPIED))
    if found.data:
        counted.append(new, found.data, found.spans)
    return Kept(len(found.data), found.older)


def _rename(path: str, new: str, suffixes: list[str]) -> int:
    """Give a log's files their new names, and return how many bytes they have.

    The offsets go first: without them, what follows would get others.

    :raises OSError: a file cannot be renamed; with EXDEV, all are where they were
    """
    with contextlib.suppress(FileNotFoundError):
        os.rename(index.name(path), index.name(new))
    size = 0
    for suffix in suffixes:
        with contextlib.suppress(FileNotFoundError):
            os.rename(path + suffix, new + suffix)
            size += _make_private(new + suffix)
    return size


def _make_private(name: str) -> int:
    """Have a file readable by root alone, but nothing that a link leads to; return its size."""
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if stat.S_ISREG(status.st_mode):
            os.fchmod(number, 0o600)
        return status.st_size
    finally:
        os.close(number)


def read(directory: str, server: str, port: int, seconds: float, start: int,
         limit: int) -> capabilities.LogPart:
    """As :func:`nova_ext.virt.libvirt.console.offsets.read`, of the log of a deleted server.

    :param directory: as for :func:`keep`; so are the server and the port
    :param seconds: how long logs are kept
    :raises FileNotFoundError: it is not kept, or not any more
    :raises OSError: it cannot be read
    """
    place = os.path.join(directory, server)
    if time.time() - os.stat(os.path.join(place, SINCE)).st_mtime >= seconds:
        raise FileNotFoundError(errno.ENOENT, 'It has been kept long enough', place)
    return offsets.read(places.of_port(os.path.join(place, NEWEST), port), start, limit)


def on_disk(status: os.stat_result) -> int:
    """How many bytes a file takes."""
    return -(-status.st_size // _BLOCK) * _BLOCK
