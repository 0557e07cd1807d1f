# SPDX-License-Identifier: Apache-2.0
"""Run a command on a pseudo-terminal and read its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
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
    """A command on a pseudo-terminal whose output goes to a terminal emulator."""

    def __init__(
            self, command: Sequence[str], environment: Mapping[str, str],
            columns: int = 80, lines: int = 24) -> None:
        """Start the command in a new session with this as its controlling terminal."""
        self.screen = pyte.HistoryScreen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._screen_lock = threading.Lock()
        self._master, self._slave = pty.openpty()
        self.resize(columns, lines)
        #: All bytes that the command has written to the terminal.
        self.received = b''
        self.modes_before = self.modes()
        self.process = subprocess.Popen(
            command, env={**os.environ, 'TERM': 'xterm', **environment}, stdin=self._slave,
            stdout=self._slave, stderr=self._slave, start_new_session=True,
            preexec_fn=_take_terminal)
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
            except OSError:  # no process has the slave open any more
                return
            with self._screen_lock:
                self.received += data
                self._stream.feed(data)

    def modes(self) -> list[Any]:
        """The terminal's attributes, such as echo."""
        return termios.tcgetattr(self._slave)

    def lines(self) -> list[str]:
        """The lines on the screen, without trailing spaces."""
        with self._screen_lock:
            return [line.rstrip() for line in self.screen.display]

    def row(self, label: str) -> str:
        """The first line that begins with the label; empty if there is none."""
        return next((line for line in self.lines() if line.startswith(label)), '')

    def wait_row(self, label: str, timeout: float = 90) -> str:
        """Wait for a line that begins with the label, and return it."""
        return str(wait_for(f'{label!r} on the terminal', lambda: self.row(label), timeout, 0.1))

    def scrolled(self) -> int:
        """How many lines have scrolled off the top of the screen."""
        return len(self.screen.history.top)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the terminal; the kernel sends SIGWINCH to the command."""
        with self._screen_lock:
            self.screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))

    def type(self, text: str) -> None:
        r"""Send keyboard input; ``\x03`` is Ctrl-C."""
        os.write(self._master, text.encode())

    def wait_exit(self, timeout: float = 60) -> int:
        """Wait until the command exits and its output has been read; return its exit code."""
        code = self.process.wait(timeout)
        wait_for('the last output', self._is_read, 5, 0.05)
        return code

    def _is_read(self) -> bool:
        before = len(self.received)
        time.sleep(0.1)
        return len(self.received) == before


def _take_terminal() -> None:
    """Make the terminal that of this new session, whose Ctrl-C counts."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # What a shell runs in the background ignores it, and so would the command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
