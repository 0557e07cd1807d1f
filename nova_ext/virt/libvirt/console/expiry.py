# SPDX-License-Identifier: Apache-2.0
"""The end of the logs of deleted servers: of the old ones, and of those that are too many."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from typing import NamedTuple

from oslo_utils import uuidutils

from nova_ext.virt.libvirt.console import archive, offsets


class Removed(NamedTuple):
    """What was deleted, by the servers' UUIDs."""

    #: They were kept long enough.
    expired: list[str]
    #: All logs together were too great.
    displaced: list[str]
    #: Why, where that failed.
    failed: dict[str, str]


class _Entry(NamedTuple):
    """The log of a server."""

    #: Its directory.
    place: str
    #: Unix time of the server's deletion.
    since: float
    #: Bytes on the disk.
    size: int


def remove(directory: str, seconds: float, quota: int) -> Removed:
    """Delete the logs that were kept long enough, and the oldest of those that are too many.

    What nova-ext has not put there is left alone.

    :param directory: as for :func:`nova_ext.virt.libvirt.console.archive.keep`
    :param seconds: how long logs are kept; 0: not at all
    :param quota: bytes of all together
    :raises OSError: the directory cannot be read
    """
    removed = Removed([], [], {})
    entries = []
    for place in _places(directory):
        with _noting(removed, place):
            entries.append(_look(place))
    now = time.time()
    size = 0
    for entry in sorted(entries, key=lambda entry: entry.since, reverse=True):
        is_expired = now - entry.since >= seconds
        size += entry.size
        if is_expired or size > quota:
            with _noting(removed, entry.place):
                if _remove(entry):
                    (removed.expired if is_expired else removed.displaced).append(
                        os.path.basename(entry.place))
    return removed


@contextlib.contextmanager
def _noting(removed: Removed, place: str) -> Iterator[None]:
    """Note what fails, unless another thread was faster."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        removed.failed[os.path.basename(place)] = error.strerror or str(error)


def _places(directory: str) -> Iterator[str]:
    """The directories of the servers whose logs are kept.

    :raises NotADirectoryError: a link leads to them, by which nothing is kept
    """
    try:
        for parent in (os.path.dirname(directory), directory):
            archive.check_directory(parent)
        found = list(os.scandir(directory))
    except FileNotFoundError:
        return  # nothing was ever kept
    for entry in found:
        if uuidutils.is_uuid_like(entry.name) and entry.is_dir(follow_symlinks=False):
            yield entry.path


def _look(place: str) -> _Entry:
    """What is kept of a server. If it does not tell its age, it is older than all others."""
    since, size = 0.0, 0
    with os.scandir(place) as files:
        for file in files:
            status = file.stat(follow_symlinks=False)
            size += archive.on_disk(status)
            since = status.st_mtime if file.name == archive.SINCE else since
    return _Entry(place, since, size)


def _remove(entry: _Entry) -> bool:
    """Delete what is kept of a server, unless it is only being put there."""
    with offsets.locked(os.path.join(entry.place, archive.NEWEST)):
        if _look(entry.place).since != entry.since:
            return False
        shutil.rmtree(entry.place)
    return True
