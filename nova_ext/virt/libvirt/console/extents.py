# SPDX-License-Identifier: Apache-2.0
"""Which bytes of a log's files have which offsets in the log.

The offset of a byte never changes and is never another's. virtlogd renames and deletes files
whenever it likes, also while nobody looks; a file is recognized by its inode and by the last bytes
that were seen of it. Whatever is found beyond what is known is newer than that, and gets the next
offsets, from the oldest file to the newest.
"""

from __future__ import annotations

import dataclasses
import os
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

from nova_ext.compute import console_history

#: So many of the last bytes that were seen of a file are compared.
_COMPARED = 256


class Extent(NamedTuple):
    """Bytes that follow each other both in a file and in the log."""

    #: Where they begin in the file.
    at: int
    #: The offset of the first of them.
    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset behind the last of them."""
        return self.start + self.length


@dataclasses.dataclass
class File:
    """What has been seen of a file."""

    inode: int
    #: Bytes that have been seen.
    size: int = 0
    #: The checksum of the last of them.
    check: int = 0
    #: Those that have offsets; the others came too late to have any.
    extents: list[Extent] = dataclasses.field(default_factory=list)

    def add(self, extent: Extent) -> None:
        """Add an extent behind the others, or to the last, where it goes on in the same way."""
        last = self.extents[-1] if self.extents else None
        if last and (last.at + last.length, last.end) == extent[:2]:
            self.extents[-1] = last._replace(length=last.length + extent.length)
        elif extent.length:
            self.extents.append(extent)

    def spans(self, at: int) -> Iterator[console_history.Span]:
        """Where its bytes are in the log, from one place in the file to its end."""
        for extent in self.extents:
            first, last = max(at, extent.at), extent.at + extent.length
            if first < last:
                if at < first:
                    yield console_history.Span(console_history.NOWHERE, first - at)
                yield console_history.Span(extent.start + first - extent.at, last - first)
                at = last
        if at < self.size:
            yield console_history.Span(console_history.NOWHERE, self.size - at)

    def note(self, number: int, size: int) -> None:
        """Remember how much has been seen.

        :param number: the file's descriptor
        """
        if size != self.size:
            self.size = size
            self.check = _checksum(number, size)


@dataclasses.dataclass
class Index:
    """The offsets of a log."""

    #: The offset of the next byte.
    end: int
    #: Files that are not empty, the oldest first.
    files: list[File] = dataclasses.field(default_factory=list)
    #: Whether nothing was printed after the last byte that was seen, for nothing was running.
    complete: bool = False
    #: Whether its server has left for a place from which it has not come back, as far as is known.
    away: bool = False

    def extents(self) -> list[tuple[Extent, File]]:
        """All extents, ordered by offset, each with its file."""
        return sorted(((extent, file) for file in self.files for extent in file.extents),
                      key=lambda pair: pair[0].start)

    def is_free(self, start: int, end: int) -> bool:
        """Whether none of these offsets is taken."""
        return not any(extent.start < end and start < extent.end for extent, _ in self.extents())

    def update(self, opened: Sequence[int]) -> None:
        """Note what the log's files have now.

        Where the newest file that was seen is gone, or was complete, or none was seen, and there
        are several, bytes may have gone that were never seen, nobody knows how many: one offset is
        left out for them.

        :param opened: descriptors of the files, the oldest first
        """
        known = {file.inode: file for file in self.files}
        found = [(number, os.fstat(number)) for number in opened]
        seen = [_recognize(known.get(status.st_ino), number, status.st_size)
                for number, status in found]
        newest = max((place for place, file in enumerate(seen) if file), default=-1)
        if self.files and not self.complete:
            may_lack = not any(file is self.files[-1] for file in seen)
        else:
            may_lack = len(found) - newest > 2
        if may_lack:
            self.end += 1
        files = []
        for place, (number, status) in enumerate(found):
            file = seen[place] or File(status.st_ino)
            # What comes behind others was put there, by a host that knew no offsets.
            if seen[place] or place > newest:
                self._assign(file, status.st_size)
            file.note(number, status.st_size)
            if file.size:
                files.append(file)
        self.files = files

    def newest(
            self, opened: Sequence[int], limit: int, left_out: Optional[int]
    ) -> tuple[bytes, int, list[console_history.Span]]:
        """The newest bytes that have been seen, how many are older, and where they are in the log.

        :param opened: as for :meth:`update`, which has seen them
        :param limit: at most so many bytes
        :param left_out: the inode of a file that is left out
        """
        numbers = {os.fstat(number).st_ino: number for number in opened}
        data = b''
        older = 0
        spans: list[console_history.Span] = []
        for file in reversed(self.files):
            if file.inode != left_out:
                first = max(0, file.size - limit)
                data = os.pread(numbers[file.inode], file.size - first, first) + data
                spans[:0] = file.spans(first)
                limit -= file.size - first
                older += first
        return data, older, spans

    def return_without_history(self) -> None:
        """Leave out the offsets of what its server has printed elsewhere, if it was away."""
        if self.away:
            self.end = max(self.end, beginning())
            self.away = False

    def _assign(self, file: File, size: int) -> None:
        """Give the bytes of a file that have not been seen the next offsets."""
        fresh = size - file.size
        if fresh:
            self.return_without_history()
            file.add(Extent(file.size, self.end, fresh))
            self.end += fresh
            self.complete = False


def _recognize(file: Optional[File], number: int, size: int) -> Optional[File]:
    """A file that was seen before, unless another has its inode by now."""
    if file is None or size < file.size or _checksum(number, file.size) != file.check:
        return None
    return file


def _checksum(number: int, size: int) -> int:
    compared = min(size, _COMPARED)
    return zlib.crc32(os.pread(number, compared, size - compared))


def beginning() -> int:
    """Where the offsets of a log begin of which nobody knows how many bytes it had before.

    Microseconds since 1970: more than a console can have printed bytes, so that no offset comes
    twice, and fewer than JSON's numbers can count in any client.
    """
    return time.time_ns() // 1000
