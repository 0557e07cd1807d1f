# SPDX-License-Identifier: Apache-2.0
"""A log's bytes by their offsets, which stay true whatever becomes of its files."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from nova_ext.virt import capabilities
from nova_ext.virt.libvirt.console import extents, index, log, utf8

_guard = threading.Lock()
_locks: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


class Log(NamedTuple):
    """A log that nobody else works on."""

    known: extents.Index
    #: Descriptors of its files, the oldest first.
    files: list[int]


def locked(path: str) -> Any:
    """What one thread at a time has that works on a log and its index, as often as it wants.

    :param path: of the log's newest file
    """
    with _guard:
        lock = _locks.get(path)
        if lock is None:
            lock = _locks[path] = threading.RLock()
        return lock


@contextlib.contextmanager
def opened(path: str) -> Iterator[Optional[Log]]:
    """A log whose offsets are noted, with all that its files have now; None: they are not.

    What is changed of its offsets is noted in the end.

    :param path: of the log's newest file
    :raises OSError: a file cannot be read or written
    """
    with locked(path):
        found = index.load(path)
        if found is None:
            yield None
            return
        before = repr(found)
        with log.opened_in_order(path) as files:
            found.update(files)
            yield Log(found, files)
        if repr(found) != before:
            index.save(path, found)


def begin(path: str, *, first: bool) -> None:
    """Begin to count a log's bytes, or go on, when its server is started.

    A device or a pipe is the host's, beside which nothing is noted.

    :param first: whether its server has never had a log before
    :raises OSError: as for :func:`opened`
    """
    with locked(path):
        if not log.is_countable(path):
            return
        if index.load(path) is None:
            index.save(path, extents.Index(0 if first else extents.beginning()))
        with opened(path) as counted:
            if counted is not None:
                counted.known.return_without_history()


def note(path: str) -> None:
    """Note what a log's files have now, if its bytes are counted.

    :raises OSError: as for :func:`opened`
    """
    with opened(path):
        pass


def note_all(paths: Iterable[str]) -> dict[str, str]:
    """Note what logs have of which files were renamed, so that none is gone before it is counted.

    :param paths: of the logs' newest files; what is not there is left out
    :returns: why, where that failed
    """
    failed = {}
    for path in paths:
        try:
            if _is_moved(path):
                note(path)
        except FileNotFoundError:
            pass  # its server has gone
        except OSError as error:
            failed[path] = error.strerror or str(error)
    return failed


def _is_moved(path: str) -> bool:
    """Whether the newest file of a counted log is not the one that was seen last."""
    known = index.load(path)
    return known is not None and (
        not known.files or known.files[-1].inode != os.stat(path).st_ino)


def read(path: str, start: int, limit: int) -> capabilities.LogPart:
    """Bytes from an offset on, which neither begin nor end within a character.

    :param start: an offset; negative: so many before the end. What is not kept is left out
    :param limit: at most so many bytes, unless one character has more
    :raises FileNotFoundError: there is no log
    :raises OSError: as for :func:`opened`
    """
    with locked(path):
        if index.load(path) is None:
            with log.opened_in_order(path) as files:
                if not any(os.fstat(file).st_size for file in files):
                    raise FileNotFoundError(f'there is no log {path}')
            begin(path, first=False)
        with opened(path) as counted:
            if counted is None:
                raise FileNotFoundError(f'the offsets of {path} are gone')
            return _read(counted, start, limit)


def _read(counted: Log, start: int, limit: int) -> capabilities.LogPart:
    end = counted.known.end
    if start < 0:
        start = max(0, end + start)
    runs = _runs(counted.known)
    oldest = runs[0][0] if runs else end
    run = next((run for run in runs if run[1] > start), None)
    if run is None:
        if start > end and runs and runs[-1][1] == end:
            # The beginning of a character is to come with its rest.
            last = _bytes(counted, max(runs[-1][0], end - utf8.LONGEST + 1), end)
            end -= len(last) - utf8.whole(last, utf8.LONGEST)
        return capabilities.LogPart(b'', end, end, oldest)
    start = max(start, run[0])
    before = _bytes(counted, max(run[0], start - utf8.LONGEST + 1), start)
    data = _bytes(counted, start, min(run[1], start + limit + utf8.LONGEST - 1))
    lead = utf8.lead_in(before, data) if start else 0  # nothing comes before all
    start, data = start + lead, data[lead:]
    if not data and run[1] < end:  # it was the rest of a character
        return _read(counted, run[1], limit)
    count = utf8.whole(data, limit)
    if start + len(data) == run[1] < end and (len(data) <= limit or not count):
        count = len(data)  # nothing of the rest is kept
    return capabilities.LogPart(data[:count], start, start + count, oldest)


def _runs(of: extents.Index) -> list[tuple[int, int]]:
    """The offsets that are kept: each run of them from its first to the one behind its last."""
    runs: list[tuple[int, int]] = []
    for extent, _ in of.extents():
        if runs and runs[-1][1] == extent.start:
            runs[-1] = (runs[-1][0], extent.end)
        else:
            runs.append((extent.start, extent.end))
    return runs


def _bytes(counted: Log, start: int, end: int) -> bytes:
    """The bytes from one offset to another, all of which are kept."""
    numbers = {os.fstat(number).st_ino: number for number in counted.files}
    return b''.join(
        os.pread(numbers[file.inode], min(end, extent.end) - first,
                 extent.at + first - extent.start)
        for extent, file in counted.known.extents()
        for first in [max(start, extent.start)] if first < min(end, extent.end))
