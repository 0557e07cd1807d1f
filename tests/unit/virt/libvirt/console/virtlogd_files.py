# SPDX-License-Identifier: Apache-2.0
"""Files as virtlogd keeps them, one system call at a time or in a thread of their own."""

from __future__ import annotations

import contextlib
import os
import re
import threading
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fixtures

from nova_ext.virt.libvirt.console import log


def make(path: Path, *contents: bytes) -> bytes:
    """Write a log, the newest file first, and return all of it, oldest first."""
    for number, content in enumerate(contents, -1):
        name = path if number < 0 else Path(f'{path}.{number}')
        name.write_bytes(content)
    return b''.join(reversed(contents))


def delete(path: Path, backups: int = 3) -> None:
    """Delete what virtlogd deletes of a log that begins anew."""
    for name in (path, *(Path(f'{path}.{number}') for number in range(backups))):
        name.unlink(missing_ok=True)


def line(number: int) -> bytes:
    """Return the line of this number."""
    return b'line %08d\n' % number


LINE = len(line(0))


def text(start: int, end: int) -> bytes:
    """Return what is written from one offset to another."""
    first = start // LINE
    whole = b''.join(line(number) for number in range(first, end // LINE + 1))
    return whole[start - first * LINE:end - first * LINE]


def lines(data: bytes) -> list[int]:
    """Return the numbers of the whole lines in a log."""
    return [int(number) for number in re.findall(rb'line (\d{8})\n', data)]


class Virtlogd:
    """Writes numbered lines to a log, in files of exactly ``max_size`` bytes."""

    def __init__(self, path: Path, max_size: int, backups: int) -> None:
        self.path = str(path)
        self.max_size = max_size
        self.backups = backups
        #: Lines and bytes that have been written.
        self.written = 0
        self.bytes = 0
        #: Whether files are being moved.
        self.moves = False
        self._steps = self._run()

    def step(self, times: int = 1) -> None:
        """Go on by so many system calls."""
        for _ in range(times):
            next(self._steps)

    def settle(self) -> None:
        """Go on until files are not being moved."""
        while self.moves:
            self.step()

    def write(self, number_of_lines: int) -> None:
        """Go on until so many lines are written in all."""
        while self.written < number_of_lines:
            self.step()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Write without pause, in a thread."""
        stopped = threading.Event()

        def run() -> None:
            while not stopped.is_set():
                self.step()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()
            self.settle()

    def _run(self) -> Iterator[None]:
        file = self._create()
        size = 0
        while True:
            rest = line(self.written)
            while rest:
                if size == self.max_size:
                    os.close(file)
                    self.moves = True
                    for _ in self._move():
                        yield
                    file, size = self._create(), 0
                    self.moves = False
                    yield
                written = os.write(file, rest[:self.max_size - size])
                rest, size = rest[written:], size + written
                self.bytes += written
                if not rest:
                    self.written += 1
                yield

    def _move(self) -> Iterator[None]:
        names = [self.path, *(f'{self.path}.{number}' for number in range(self.backups))]
        for old, new in reversed(list(zip(names, names[1:]))):
            with contextlib.suppress(FileNotFoundError):
                os.rename(old, new)
            yield
        if not self.backups:
            os.unlink(self.path)
            yield

    def _create(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class Interleaved(fixtures.Fixture):
    """Lets virtlogd make some system calls before each call of some functions.

    Use it in a ``with`` statement where the functions are called meanwhile by the test itself.
    """

    def __init__(self, virtlogd: Virtlogd, schedule: Iterable[int],
                 *functions: tuple[types.ModuleType, str]) -> None:
        """Take the functions, each as a module and a name in it.

        :param schedule: how many system calls to make before each call, none after its end
        """
        self._virtlogd = virtlogd
        self._schedule = iter(schedule)
        self._functions = functions

    def _setUp(self) -> None:
        for module, name in self._functions:
            self.useFixture(fixtures.MockPatchObject(
                module, name, self._interleaved(getattr(module, name))))

    def _interleaved(self, function: Any) -> Any:
        def interleaved(*arguments: Any) -> Any:
            self._virtlogd.step(next(self._schedule, 0))
            return function(*arguments)

        return interleaved


def read(path: str | Path, limit: int = 1 << 30) -> bytes:
    """Return the end of a log, over all of its files."""
    return log.read_tail(str(path), limit).data
