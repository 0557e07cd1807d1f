# SPDX-License-Identifier: Apache-2.0
"""A console log as virtlogd keeps it: the newest part under its name, older ones in .0, .1, ...

virtlogd moves each file up by one when the newest is full, at any moment. So a reader opens
first and reads afterwards: a file that is open stays what it is, wherever it is moved.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

#: The numbers of files that virtlogd neither moves nor deletes, for it cannot be told to keep so
#: many: of what was printed on this host, and of what came from another.
BEYOND = 999
CAME_BEYOND = 1000

#: How often a reader begins again because files were moved while it opened them.
_ATTEMPTS = 20

#: Seconds until then, where that may take long.
_PAUSE = 0.002


class Tail(NamedTuple):
    """The newest part of a log."""

    data: bytes
    #: Bytes that are older, and there as well.
    older: int


def read_tail(path: str, limit: int, *, exclude: str | None = None) -> Tail:
    """The newest bytes of a log, over all its files, none lost and none twice.

    :param path: of the newest file; a log of which there is no file is an empty one
    :param limit: at most so many bytes
    :param exclude: the name of a file that is left out, under whatever name it is met
    :raises OSError: a file that is there cannot be read
    """
    pieces: list[bytes] = []
    older = 0
    left_out = _identity_of(exclude) if exclude else None
    with _opened(path) as files:
        for file in files:
            if _identity(os.fstat(file)) == left_out:
                continue
            size = os.fstat(file).st_size
            piece = os.pread(file, min(limit, size), max(0, size - limit))
            pieces.insert(0, piece)
            older += size - len(piece)
            limit -= len(piece)
    return Tail(b''.join(pieces), older)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[list[int]]:
    """Descriptors of every file of the log, newest first, each file once."""
    with contextlib.ExitStack() as stack:
        for _ in range(_ATTEMPTS):
            files: dict[tuple[int, int], int] = {}
            for name in _names(path):
                with contextlib.suppress(FileNotFoundError):
                    file = _open(name)
                    stack.callback(os.close, file)
                    files.setdefault(_identity(os.fstat(file)), file)
            # A second move may have put a file that is newer than the first behind it. Then
            # begin again; the last attempt is taken as it is, for it is a whole log too.
            if next(iter(files), None) == _identity_of(path):
                break
        yield list(files.values())


@contextlib.contextmanager
def opened_in_order(path: str) -> Iterator[list[int]]:
    """Descriptors of every file of the log, oldest first, with none left out between two others.

    :raises OSError: a file that is there cannot be read
    :raises BlockingIOError: files are moved all the time
    """
    with contextlib.ExitStack() as stack:
        for _ in range(_ATTEMPTS):
            files = stack.enter_context(_opened(path))
            if [_identity(os.fstat(file)) for file in files] == _identities(path):
                yield files[::-1]
                return
            stack.close()
            time.sleep(_PAUSE)
    raise BlockingIOError(errno.EAGAIN, 'Its files are moved all the time', path)


def _identities(path: str) -> list[tuple[int, int]]:
    """What the log's names stand for now, newest first, each file once."""
    found = (_identity_of(name) for name in _names(path))
    return list(dict.fromkeys(identity for identity in found if identity))


def _names(path: str) -> list[str]:
    """The names that a log's files may have, newest first.

    Files that are moved meanwhile go towards the end, so that none is missed.
    """
    found = numbers(path)
    return [path, *(f'{path}.{number}' for number in sorted(
        {0, *found, *(number + 1 for number in found)}))]


def numbers(path: str) -> list[int]:
    """The numbers of a log's older files.

    :raises FileNotFoundError: its directory is not there
    """
    directory, name = os.path.split(path)
    numbered = re.compile(re.escape(name) + r'\.([0-9]{1,4})')
    found = (numbered.fullmatch(entry) for entry in os.listdir(directory))
    return sorted(int(match[1]) for match in found if match)


def rotated(path: str) -> list[int]:
    """The numbers of those older files that virtlogd may move or delete."""
    return [number for number in numbers(path) if number < BEYOND]


def _open(name: str) -> int:
    """A descriptor to read with.

    Links are followed, as Nova does: operators link logs that they do not want to ``/dev/null``.

    :raises OSError: it cannot be read, or is no file
    """
    file = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    known = os.fstat(file)
    if not stat.S_ISREG(known.st_mode) and not _is_null(known):
        os.close(file)
        raise OSError(errno.EINVAL, 'Not a regular file', name)
    return file


def is_discarded(path: str) -> bool:
    """Whether a log is written to the null device, directly or by a link."""
    try:
        return _is_null(os.stat(path))
    except FileNotFoundError:
        return False


def is_countable(path: str) -> bool:
    """Whether a log is a file, will be one, or is linked to the null device."""
    try:
        return (stat.S_ISREG(os.stat(path).st_mode)
                or (os.path.islink(path) and is_discarded(path)))
    except FileNotFoundError:
        return True


def is_of_root(path: str) -> bool:
    """Whether root owns a log, or virtlogd will make it; or it is hidden, as on NFS from root."""
    try:
        return os.lstat(path).st_uid == 0
    except (FileNotFoundError, PermissionError):
        return True


def _is_null(known: os.stat_result) -> bool:
    null = os.stat(os.devnull).st_rdev
    return stat.S_ISCHR(known.st_mode) and known.st_rdev == null


def _identity_of(name: str) -> tuple[int, int] | None:
    """What a name stands for now, if anything."""
    try:
        return _identity(os.stat(name))
    except FileNotFoundError:
        return None


def inode(name: str) -> int | None:
    """The inode that a name stands for now, if any."""
    found = _identity_of(name)
    return found and found[1]


def _identity(known: os.stat_result) -> tuple[int, int]:
    return known.st_dev, known.st_ino
