# SPDX-License-Identifier: Apache-2.0
"""Histories that keep their offsets: what :mod:`history` does to a log whose bytes are counted.

With a history go its spans, which say for its bytes, from the first to the last, where they were
in the log that they come from, and in the end where that log ends.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple, Optional

from oslo_log import log as logging

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import (
    deadlines,
    extents,
    history,
    index,
    log,
    offsets,
    rollover,
    spanning,
)

LOG = logging.getLogger(__name__)


class History(NamedTuple):
    """The newest part of a log."""

    data: bytes
    #: Bytes that are older, and there as well.
    older: int
    #: Where its bytes are in the log; empty: they are not counted.
    spans: spanning.Spans


def read(path: str, limit: int, *, exclude: Optional[str] = None,
         deadline: float = deadlines.NEVER) -> History:
    """As :func:`log.read_tail`, with the offsets, of the log of a server that has left.

    Its bytes are counted from here on, if they were not.

    :raises nova_ext.exception.NotResponding: it is too late, and the log may be back in use
    """
    with offsets.locked(path):
        has_text = bool(limit and log.read_tail(path, 1, exclude=exclude).data)
        deadlines.check(deadline)
        with _or_uncounted(path):
            if has_text:
                offsets.begin(path, first=False)
            with offsets.opened(path) as counted:
                if counted is not None:
                    deadlines.check(deadline)
                    counted.known.return_without_history()
                    data, older, spans = counted.known.newest(
                        counted.files, limit, log.inode(exclude) if exclude else None)
                    counted.known.away = True
                    return History(
                        data, older, [*spans, console_history.Span(counted.known.end, 0)])
        return History(*log.read_tail(path, limit, exclude=exclude), [])


@contextlib.contextmanager
def _or_uncounted(path: str) -> Iterator[None]:
    """Leave a log to go on without offsets that cannot be noted: the text is worth more."""
    try:
        yield
    except FileNotFoundError:
        pass  # its server has gone
    except OSError as error:
        LOG.warning('Failed to note the offsets of the console log %s, whose text is kept without '
                    'them: %s', path, error.strerror or error)


def insert_as_oldest(path: str, data: bytes, backups: int, spans: spanning.Spans,
                     deadline: float = deadlines.NEVER) -> bool:
    """As :func:`history.insert_as_oldest`; what the log has of its own comes behind it."""
    with offsets.locked(path):
        put = bool(data) and history.insert_as_oldest(path, data, backups, deadline)
        end = spanning.end(spans)
        if end is None:
            return put
        with _or_uncounted(path), log.opened_in_order(path) as files:
            known = index.load(path) or extents.Index(end)
            if not put:
                deadlines.check(deadline)
            known.end = max(known.end, end + (bool(data) and not put))
            known.away = False
            if put:
                known.files.insert(0, spanning.add(
                    known, extents.File(os.stat(history.marker(path)).st_ino), spans))
                spanning.note(known.files[0], files)
            known.update(files)
            index.save(path, known)
    return put or not data


def append(path: str, data: bytes, spans: spanning.Spans,
           deadline: float = deadlines.NEVER) -> None:
    """As :func:`history.append`."""
    with offsets.locked(path):
        noted = False
        with _or_uncounted(path):
            offsets.note(path)
            noted = True
        deadlines.check(deadline)
        if data:
            history.append(path, data, deadline)
        end = spanning.end(spans)
        if end is None or not noted or log.is_discarded(path):
            return
        with _or_uncounted(path), log.opened_in_order(path) as files:
            known = index.load(path) or spanning.uncounted(files, len(data))
            if not data:
                deadlines.check(deadline)
            here = log.inode(path)
            file = next((file for file in known.files if file.inode == here), None)
            if file is None and here is not None and data:
                file = extents.File(here)
                known.files.append(file)
            if file is not None and spanning.is_free(known, spans):
                spanning.add(known, file, spans)
                spanning.note(file, files)
            known.end = max(known.end, end)
            known.away = False
            known.update(files)
            index.save(path, known)


def move_on(path: str, limit: int, backups: int) -> None:
    """As :func:`rollover.move_on`, of a log that nobody is writing."""
    with offsets.locked(path):
        here = log.inode(path)
        spans: list[console_history.Span] = []
        with _or_uncounted(path), offsets.opened(path) as counted:
            if counted is not None and backups:
                spans = [span for file in counted.known.files if file.inode == here
                         for span in file.spans(max(0, file.size - limit))]
        rollover.move_on(path, limit, backups)
        if _is_replaceable(path):
            _replace(path, {here}, f'{path}.0', spans)


def begin_anew(path: str, limit: int) -> None:
    """Have a log that nobody is writing begin anew, with the newest part of it all kept beside it.

    What came from another host stays apart, for a server that goes back there, and whole, unless
    all that is kept is newer. What an operator has linked elsewhere stays as it is.

    :param limit: so many bytes are kept, beside what came
    :raises OSError: a file cannot be read, written or deleted
    """
    with offsets.locked(path):
        if not _is_replaceable(path):
            return
        marker = history.marker(path)
        came = log.inode(marker)
        data = log.read_tail(path, limit, exclude=marker).data
        spans: list[console_history.Span] = []
        before: set[Optional[int]] = set()
        with _or_uncounted(path), offsets.opened(path) as counted:
            if counted is not None:
                before = {file.inode for file in counted.known.files}
                data, _, spans = counted.known.newest(counted.files, limit, came)
        keeps_came = len(data) < limit
        rollover.begin_anew(path, data, came=keeps_came)
        _replace(path, before - {came} if keeps_came else before, f'{path}.{log.BEYOND}', spans)


def _replace(path: str, gone: set[Optional[int]], kept: str, spans: spanning.Spans) -> None:
    """Note that files have gone, and that what is kept of them is in another.

    :param gone: their inodes
    """
    with _or_uncounted(path):
        known = index.load(path)
        if known is None:
            return
        known.complete = True
        known.files = [file for file in known.files if file.inode not in gone]
        with log.opened_in_order(path) as files:
            moved = log.inode(kept)
            if spans and moved is not None:
                known.files.append(spanning.add(known, extents.File(moved), spans, check=False))
                spanning.note(known.files[-1], files)
        index.save(path, known)


def _is_replaceable(path: str) -> bool:
    """Whether it is no link, and no device, which an operator has put there and which stay."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except FileNotFoundError:
        return True
