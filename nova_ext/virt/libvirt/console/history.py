# SPDX-License-Identifier: Apache-2.0
"""What a guest printed on another host, put behind the log that it writes on this one."""

from __future__ import annotations

import contextlib
import os
import time

from nova_ext.virt.libvirt.console import log

#: How often a place is looked for, because virtlogd may move its own file onto it.
_ATTEMPTS = 5

#: Seconds in which virtlogd has moved its files.
_MOVED = 0.02


def marker(path: str) -> str:
    """A second name of the file that was put behind a log, by which it is known later.

    virtlogd gives the first name another number in time.
    """
    return f'{path}.history'


def put_behind(path: str, data: bytes, backups: int) -> bool:
    """Make older text the oldest file of a log, whether or not a guest is writing the log.

    virtlogd moves it on with its own files, and deletes it in time.

    :param path: of the log's newest file
    :param backups: how many older files virtlogd keeps
    :returns: whether there was a place; if not, all that is kept is newer
    :raises OSError: it cannot be written
    """
    _write(marker(path), data)
    put = False
    try:
        put = _link(path, backups)
    finally:
        if not put:
            os.unlink(marker(path))
    return put


def _link(path: str, backups: int) -> bool:
    """Give the marked file the name of a log's oldest, and see that it keeps it."""
    for _ in range(_ATTEMPTS):
        free = max(log.numbers(path), default=-1) + 1
        if free >= backups:
            break
        with contextlib.suppress(FileExistsError):
            os.link(marker(path), f'{path}.{free}')
            time.sleep(_MOVED)
            if os.stat(marker(path)).st_nlink > 1:
                return True
    return False


def append(path: str, data: bytes) -> None:
    """Add text to a log that nobody is writing.

    :raises OSError: it cannot be written
    """
    if log.is_discarded(path):
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), 'wb') as file:
        file.write(data)


def remove(path: str) -> None:
    """Delete a log with all its files.

    :raises OSError: one cannot be deleted
    """
    older = [f'{path}.{number}' for number in log.numbers(path)]
    for name in (path, *older, marker(path)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _write(name: str, data: bytes) -> None:
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
