# SPDX-License-Identifier: Apache-2.0
"""What a guest printed on another host, as the oldest part of its log on this one."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import Optional

from nova_ext.virt.libvirt.console import deadlines, index, log

#: How often a place is looked for, because virtlogd may move its own file onto it.
_ATTEMPTS = 5

#: Seconds in which virtlogd has moved its files.
_MOVED = 0.02


def marker(path: str) -> str:
    """A second name of the file that was inserted into a log, by which it is recognized later.

    virtlogd gives the first name another number in time.
    """
    return f'{path}.history'


def insert_as_oldest(
        path: str, data: bytes, backups: int, deadline: float = deadlines.NEVER) -> bool:
    """Make older text the oldest file of a log, whether or not a guest is writing the log.

    virtlogd moves it on with its own files, and deletes it in time.

    :param path: of the log's newest file
    :param backups: how many older files virtlogd keeps
    :param deadline: as for :func:`deadlines.check`
    :returns: whether there was a place; if not, all that is kept is newer
    :raises OSError: it cannot be written
    :raises nova_ext.exception.NotResponding: it is too late, and nothing is put
    """
    deadlines.check(deadline)
    write(marker(path), data)
    put = False
    try:
        deadlines.check(deadline)
        put = _link(path, backups)
    finally:
        if not put:
            os.unlink(marker(path))
    return put


def _link(path: str, backups: int) -> bool:
    """Give the marked file the name of a log's oldest, and see that it keeps it."""
    for _ in range(_ATTEMPTS):
        free = max(log.rotated(path), default=-1) + 1
        if free >= backups:
            break
        with contextlib.suppress(FileExistsError):
            os.link(marker(path), f'{path}.{free}')
            time.sleep(_MOVED)
            if os.stat(marker(path)).st_nlink > 1:
                return True
    return False


def append(path: str, data: bytes, deadline: float = deadlines.NEVER) -> None:
    """Add text to a log that nobody is writing.

    :param deadline: as for :func:`deadlines.check`
    :raises OSError: it cannot be written, or is a pipe, on which nobody waits
    :raises nova_ext.exception.NotResponding: it is too late, and nothing is added
    """
    if log.is_discarded(path):
        return
    flags = (os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
             | os.O_CLOEXEC)
    with open(os.open(path, flags, 0o600), 'wb') as file:
        deadlines.check(deadline)
        file.write(data)


def remove(path: str, *, aside: bool) -> None:
    """Delete a log with all its files.

    :param aside: whether what was set aside of it before goes as well
    :raises OSError: one cannot be deleted
    """
    for name in (*_files(path), marker(path), _sent(path),
                 *(_files(_aside(path)) if aside else ())):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    index.remove(path)


def set_aside(path: str) -> Optional[str]:
    """Give a log another name, so that it is not mixed with what its server prints next.

    What was set aside before is deleted.

    :returns: the new name of the newest file; None: there was no log
    :raises OSError: it cannot be renamed
    """
    aside = _aside(path)
    for name in (*_files(aside), marker(path), _sent(path)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    index.remove(path)
    moved = False
    for name in _files(path):
        with contextlib.suppress(FileNotFoundError):
            os.rename(name, aside + name[len(path):])
            moved = True
    return aside if moved else None


def mark_sent(path: str, sent: bool) -> None:
    """Note whether all of a log is where its server went, however often this process starts.

    :raises OSError: it cannot be noted
    """
    if sent:
        write(_sent(path), b'')
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(_sent(path))


def is_sent(path: str) -> bool:
    """Whether :func:`mark_sent` noted that a log is where its server went."""
    return os.path.exists(_sent(path))


def _files(path: str) -> list[str]:
    """The files of a log, but for a device or a pipe that it is written to: that is the host's."""
    try:
        numbers = log.numbers(path)
    except FileNotFoundError:
        return []  # its directory is not there
    return [name for name in (path, *(f'{path}.{number}' for number in numbers))
            if _is_removable(name)]


def _is_removable(name: str) -> bool:
    try:
        mode = os.lstat(name).st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode) or stat.S_ISDIR(mode)


def _aside(path: str) -> str:
    return f'{path}.kept'


def _sent(path: str) -> str:
    return f'{path}.sent'


def write(name: str, data: bytes) -> None:
    """Make a new file, readable by root alone as virtlogd's are."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with open(os.open(name, flags, 0o600), 'wb') as file:
            file.write(data)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
