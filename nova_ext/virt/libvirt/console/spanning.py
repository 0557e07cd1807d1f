# SPDX-License-Identifier: Apache-2.0
"""The spans of a history, and the files of a log to which they give offsets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Optional

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import extents

Spans = Sequence[console_history.Span]


def uncounted(files: Sequence[int], added: int) -> extents.Index:
    """The index of a log of which nobody knows the offsets, but for what was just added."""
    index = extents.Index(0)
    for number in files:
        known = os.fstat(number)
        file = extents.File(known.st_ino)
        file.note(number, known.st_size - (added if number == files[-1] else 0))
        index.files.append(file)
    return index


def is_free(known: extents.Index, spans: Spans) -> bool:
    """Whether no byte of a log has one of these offsets."""
    return all(known.is_free(span.start, span.start + span.length)
               for span in spans if span.start != console_history.NOWHERE)


def add(known: extents.Index, file: extents.File, spans: Spans, *,
        check: bool = True) -> extents.File:
    """Give bytes behind what has been seen of a file their offsets, unless others have them."""
    at = file.size
    for span in spans if not check or is_free(known, spans) else ():
        if span.start != console_history.NOWHERE:
            file.add(extents.Extent(at, span.start, span.length))
        at += span.length
    return file


def note(file: extents.File, files: Sequence[int]) -> None:
    """Note that all of a file has been seen."""
    for number in files:
        known = os.fstat(number)
        if known.st_ino == file.inode:
            file.note(number, known.st_size)


def end(spans: Spans) -> Optional[int]:
    """The offset behind all spans; None: nothing is counted."""
    return max(
        (span.start + span.length for span in spans if span.start != console_history.NOWHERE),
        default=None)
