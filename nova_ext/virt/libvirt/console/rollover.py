# SPDX-License-Identifier: Apache-2.0
"""The files of a log before its guest is started: what is kept of them, and where."""

from __future__ import annotations

import contextlib
import os
import stat

from nova_ext.virt.libvirt.console import history, log


def move_on(path: str, limit: int, backups: int) -> None:
    """Make the newest part of a log's newest file the next older one, for another to be made.

    That is what virtlogd does with a file that is full. What an operator has linked elsewhere
    stays as it is.

    :param limit: so many bytes are kept of that file
    :param backups: how many older files are kept
    :raises OSError: a file cannot be written or renamed
    """
    with contextlib.suppress(FileNotFoundError):
        known = os.lstat(path)
        if not stat.S_ISREG(known.st_mode):
            return
        if known.st_size and limit and backups:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC),
                      'rb') as file:
                file.seek(max(0, known.st_size - limit))
                history.write(f'{path}.new', file.read(limit))
            _make_room(path, backups)
            os.rename(f'{path}.new', f'{path}.0')
        os.unlink(path)


def _make_room(path: str, backups: int) -> None:
    """Give each of a log's older files the next number; those beyond the last are deleted."""
    for number in reversed(log.rotated(path)):
        if number + 1 < backups:
            os.rename(f'{path}.{number}', f'{path}.{number + 1}')
        else:
            os.unlink(f'{path}.{number}')


def begin_anew(path: str, data: bytes, *, came: bool) -> None:
    """Empty a log, and keep some text beside it, whatever whoever writes it next deletes.

    :param path: of the log's newest file, which is no link and no device
    :param data: what is kept, as the log's oldest file but for what came from another host
    :param came: whether that is kept as well, in its own file, by which it is recognized later
    :raises OSError: a file cannot be written, renamed or deleted
    """
    others = set(log.numbers(path))
    kept = set()
    if came:
        for number in _came(path):
            os.rename(f'{path}.{number}', f'{path}.{log.CAME_BEYOND}')
            kept.add(log.CAME_BEYOND)
    if data:
        history.write(f'{path}.new', data)
        os.rename(f'{path}.new', f'{path}.{log.BEYOND}')
        kept.add(log.BEYOND)
    for number in others - kept:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f'{path}.{number}')
    with contextlib.suppress(FileNotFoundError):
        os.close(os.open(
            path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))


def _came(path: str) -> list[int]:
    """The number of the file of a log that came from another host, if it is there."""
    try:
        marked = os.lstat(history.marker(path))
    except FileNotFoundError:
        return []
    return [number for number in log.numbers(path)
            if os.path.samestat(marked, os.lstat(f'{path}.{number}'))]
