# SPDX-License-Identifier: Apache-2.0
"""The file beside a log in which its offsets are noted, and with which they travel."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import stat
from typing import Any, Optional

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import extents

_FORMAT = 1

#: Bytes of an index at most, many times as many as any has.
_MAX_SIZE = 16 * 1024 * 1024

#: The greatest number of an inode.
_MAX_INODE = 2 ** 64 - 1


def name(path: str) -> str:
    """The file in which a log's offsets are noted.

    :param path: of the log's newest file
    """
    return f'{path}.index'


def load(path: str) -> Optional[extents.Index]:
    """What was noted of a log; None: nothing that can be read, or that can be true.

    What is no file, and may be a pipe on which a reader waits for ever, is nothing either.

    :param path: of the log's newest file
    :raises OSError: the file is there and cannot be read
    """
    try:
        data = _read(name(path))
        return _decode(json.loads(data)) if data else None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _read(file_name: str) -> Optional[bytes]:
    """The bytes of a file; None: there is none, or it is none of an index."""
    try:
        if not stat.S_ISREG(os.lstat(file_name).st_mode):
            return None
        number = os.open(
            file_name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        known = os.fstat(number)
        if not stat.S_ISREG(known.st_mode) or known.st_size > _MAX_SIZE:
            return None
        return os.pread(number, known.st_size, 0)
    finally:
        os.close(number)


def save(path: str, index: extents.Index) -> None:
    """Note the offsets of a log, all at once, readable by root alone.

    :param path: of the log's newest file
    :raises OSError: it cannot be written
    """
    new = _new(path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    number = os.open(new, flags, 0o600)
    try:
        with open(number, 'w', encoding='utf-8') as file:
            json.dump({'format': _FORMAT, **dataclasses.asdict(index)}, file)
        os.rename(new, name(path))
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise


def remove(path: str) -> None:
    """Forget the offsets of a log.

    :param path: of the log's newest file
    :raises OSError: the file cannot be deleted
    """
    for found in (name(path), _new(path)):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(found)


def _new(path: str) -> str:
    """What becomes the index; each of the hosts that share a directory has another."""
    return f'{name(path)}.{os.uname().nodename}.new'


def _decode(noted: dict[str, Any]) -> Optional[extents.Index]:
    if noted['format'] != _FORMAT:
        return None
    index = extents.Index(
        _number(noted['end'], console_history.MAX_OFFSET),
        [_decode_file(file) for file in noted['files']],
        bool(noted['complete']), bool(noted['away']))
    return index if _is_possible(index) else None


def _decode_file(noted: dict[str, Any]) -> extents.File:
    return extents.File(
        _number(noted['inode'], _MAX_INODE), _number(noted['size']), _number(noted['check']),
        [extents.Extent(*map(_number, extent)) for extent in noted['extents']])


def _number(noted: Any, most: int = console_history.MAX_OFFSET) -> int:
    """A number that was noted.

    :raises ValueError: it is none
    """
    if type(noted) is not int or not 0 <= noted <= most:
        raise ValueError(f'{noted!r} is no number from 0 to {most}')
    return noted


def _is_possible(index: extents.Index) -> bool:
    """Whether each byte of a file has one offset at most, and each offset one byte."""
    for file in index.files:
        place = 0
        for extent in file.extents:
            if extent.at < place:
                return False
            place = extent.at + extent.length
        if place > file.size:
            return False
    end = 0
    for extent, _ in index.extents():
        if extent.start < end:
            return False
        end = extent.end
    return end <= index.end
