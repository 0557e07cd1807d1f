# SPDX-License-Identifier: Apache-2.0
"""The file beside a log in which its offsets are noted, and with which they travel."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from typing import Any, Optional

from nova_ext.virt.libvirt.console import extents

_FORMAT = 1


def name(path: str) -> str:
    """The file in which a log's offsets are noted.

    :param path: of the log's newest file
    """
    return f'{path}.index'


def load(path: str) -> Optional[extents.Index]:
    """What was noted of a log; None: nothing that can be read.

    :param path: of the log's newest file
    :raises OSError: the file is there and cannot be read
    """
    try:
        with open(os.open(name(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), 'rb') as file:
            return _decode(json.load(file))
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return None


def save(path: str, index: extents.Index) -> None:
    """Note the offsets of a log, all at once, readable by root alone.

    :param path: of the log's newest file
    :raises OSError: it cannot be written
    """
    new = f'{name(path)}.new'
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(new, flags, 0o600), 'w', encoding='utf-8') as file:
        json.dump({'format': _FORMAT, **dataclasses.asdict(index)}, file)
    os.rename(new, name(path))


def remove(path: str) -> None:
    """Forget the offsets of a log.

    :param path: of the log's newest file
    :raises OSError: the file cannot be deleted
    """
    for found in (name(path), f'{name(path)}.new'):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(found)


def _decode(noted: dict[str, Any]) -> Optional[extents.Index]:
    if noted['format'] != _FORMAT:
        return None
    return extents.Index(
        int(noted['end']), [_decode_file(file) for file in noted['files']],
        bool(noted['complete']), bool(noted['away']))


def _decode_file(noted: dict[str, Any]) -> extents.File:
    return extents.File(
        int(noted['inode']), int(noted['size']), int(noted['check']),
        [extents.Extent(*map(int, extent)) for extent in noted['extents']])
