# SPDX-License-Identifier: Apache-2.0
"""Hosts that log one guest, which goes from one to another and prints no character twice."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from nova_ext.virt.libvirt.console import counted, history, log, offsets
from tests.unit.virt.libvirt.console import virtlogd_files

#: The first of the characters that the guest prints; each has 3 bytes.
FIRST = 0x4E00


def character(number: int) -> str:
    """Return a character of the guest's by its number."""
    return chr(FIRST + number)


def numbers(text: str) -> list[int]:
    """Return the numbers of the guest's characters in a text, without what is left of cut ones."""
    return [ord(found) - FIRST for found in text if found != '\N{REPLACEMENT CHARACTER}']


class Host:
    """A host that logs the guest in ``path``, in files of ``max_size`` bytes."""

    def __init__(self, directory: Path, max_size: int, backups: int) -> None:
        directory.mkdir()
        self.path = str(directory / 'console.log')
        self.max_size = max_size
        self.backups = backups

    def write(self, data: bytes) -> None:
        """Log what the guest prints, as virtlogd does."""
        while data:
            with open(self.path, 'ab') as file:
                taken = data[:self.max_size - file.tell()] if file.tell() < self.max_size else b''
                file.write(taken)
            data = data[len(taken):]
            if data:
                self._rotate()

    def _rotate(self) -> None:
        names = [self.path, *(f'{self.path}.{number}' for number in range(self.backups))]
        for old, new in reversed(list(zip(names, names[1:]))):
            with contextlib.suppress(FileNotFoundError):
                os.rename(old, new)
        if not self.backups:
            os.unlink(self.path)

    def start(self, *, first: bool = False) -> None:
        """Start the guest, whose log goes on."""
        offsets.begin(self.path, first=first)

    def start_anew(self, kept: int) -> None:
        """Start the guest, whose log QEMU begins anew; so many bytes of it are kept."""
        counted.begin_anew(self.path, kept)
        offsets.begin(self.path, first=False)

    def start_empty(self) -> None:
        """Start the guest, whose log virtlogd begins anew, without its older files."""
        self.start_anew(30)
        virtlogd_files.delete(Path(self.path))

    def printed(self) -> set[int]:
        """Return the numbers of the whole characters in each of the log's files."""
        found: set[int] = set()
        with log.opened_in_order(self.path) as files:
            whole = b''.join(os.pread(file, 1 << 20, 0) for file in files)
        found.update(numbers(whole.decode('utf-8', 'replace')))
        return found

    def take(self, sent: counted.History, *, counts: bool = True) -> None:
        """Put what the guest printed elsewhere behind what it prints here."""
        counted.insert_as_oldest(
            self.path, sent.data, self.backups, sent.spans if counts else [])

    def send(self, limit: int, *, back: bool = False) -> counted.History:
        """Return the newest part of the log.

        :param back: only what was printed here
        """
        return counted.read(
            self.path, limit, exclude=history.marker(self.path) if back else None)

    def remove(self) -> None:
        """Delete the log."""
        history.remove(self.path, aside=True)
