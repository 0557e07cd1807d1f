# SPDX-License-Identifier: Apache-2.0
"""A terminal that a command runs on, and what a person sees of it."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import pyte

from sandbox.client.api import wait_for


class Terminal:
    """A pseudo-terminal with an emulator behind it."""

    def __init__(
            self, command: Sequence[str], environment: Mapping[str, str],
            columns: int = 80, lines: int = 24) -> None:
        """Start a command in a session of its own, whose terminal this is."""
        self.screen = pyte.HistoryScreen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._seeing = threading.Lock()
        self._master, self._slave = pty.openpty()
        self.resize(columns, lines)
        #: Every byte that was written to it.
        self.received = b''
        self.modes_before = self.modes()
        self.process = subprocess.Popen(
            command, env={**os.environ, 'TERM': 'xterm', **environment}, stdin=self._slave,
            stdout=self._slave, stderr=self._slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None,
            trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._slave)
        self._reader.join(10)
        os.close(self._master)

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # nobody has it open any more
                return
            with self._seeing:
                self.received += data
                self._stream.feed(data)

    def modes(self) -> list[Any]:
        """The terminal's modes, echo among them."""
        return termios.tcgetattr(self._slave)

    def lines(self) -> list[str]:
        """What is to be seen, without the space at the end of lines."""
        with self._seeing:
            return [line.rstrip() for line in self.screen.display]

    def row(self, label: str) -> str:
        """The line that begins so; empty: there is none."""
        return next((line for line in self.lines() if line.startswith(label)), '')

    def wait_row(self, label: str, timeout: float = 90) -> str:
        """The line that begins so, once there is one."""
        return str(wait_for(f'{label!r} on the terminal', lambda: self.row(label), timeout, 0.1))

    def scrolled(self) -> int:
        """How many lines have left it at its upper end."""
        return len(self.screen.history.top)

    def resize(self, columns: int, lines: int) -> None:
        """As a person does with the mouse; the kernel tells the command."""
        with self._seeing:
            self.screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))

    def type(self, text: str) -> None:
        """As a person does at the keyboard; ``\\x03`` is Ctrl-C."""
        os.write(self._master, text.encode())

    def end(self, timeout: float = 60) -> int:
        """The exit code, once there is one."""
        code = self.process.wait(timeout)
        wait_for('the last output', self._is_read, 5, 0.05)
        return code

    def _is_read(self) -> bool:
        before = len(self.received)
        time.sleep(0.1)
        return len(self.received) == before
