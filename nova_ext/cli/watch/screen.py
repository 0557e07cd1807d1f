# SPDX-License-Identifier: Apache-2.0
"""The view on a terminal: an alternate screen, of which only changed lines are written again."""

from __future__ import annotations

import datetime
import os
import signal
import sys
import termios
from types import TracebackType
from typing import Any, Optional, TextIO

from nova_ext.cli import exceptions
from nova_ext.cli.watch import graphs, loop, signals, view

_ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J'
_LEAVE = '\x1b[?25h\x1b[?1049l'


def usable(output: TextIO) -> bool:
    """Whether there is a terminal that can be redrawn in place."""
    return output.isatty() and os.environ.get('TERM', 'dumb') != 'dumb'


class Screen:
    """Keeps a view of a server on a terminal."""

    def __init__(self, output: TextIO, name: str, interval: float) -> None:
        """Prepare; the terminal is changed when it is entered."""
        self._output = output
        self._view = view.View(name, interval, graphs.glyphs(output))
        self._shown: list[str] = []
        self._size = (0, 0)
        self._keyboard: Optional[int] = sys.stdin.fileno() if _is_keyboard(sys.stdin) else None
        self._modes: Any = None
        self._signals = signals.Signals(output, self._keyboard, {
            signal.SIGWINCH: lambda *_: None, signal.SIGTSTP: self._note_suspension})
        self._suspending = False

    def __enter__(self) -> Screen:
        """Take over the terminal."""
        self._signals.__enter__()
        self._enter()
        self._draw()
        return self

    def __exit__(
            self, kind: Optional[type[BaseException]], error: Optional[BaseException],
            trace: Optional[TracebackType]) -> None:
        """Leave the terminal as it was."""
        try:
            self._leave()
        finally:
            self._signals.__exit__(kind, error, trace)

    def show(self, answer: loop.Answer) -> None:
        """Draw an answer."""
        self._view.history.add(answer)
        self._view.trouble = None
        self._draw()

    def complain(self, at: datetime.datetime, error: exceptions.ClientError) -> None:
        """Draw why there was none, beneath what is known from before."""
        self._view.history.miss()
        self._view.trouble = graphs.plain(f'{at:%H:%M:%S} {error}')
        self._draw()

    def wait(self, until: float) -> bool:
        """Until then or until the person has seen enough; the view follows the terminal's size."""
        while True:
            event = self._signals.wait(until)
            if event is signals.Event.DUE:
                return True
            if event is signals.Event.CLOSED:
                return False
            if event is signals.Event.KEY and self._is_over():
                return False
            if self._suspending:
                self._suspend()
            self._draw()

    def _is_over(self) -> bool:
        """Whether a key says so; the terminal's end does, too."""
        keys = os.read(self._keyboard or 0, 64)
        return not keys or b'q' in keys

    def _draw(self) -> None:
        """Write the lines that differ from those that are there, all at once."""
        size = os.get_terminal_size(self._output.fileno())
        lines = self._view.lines(max(1, size.columns), max(1, size.lines))
        frame = ''
        if size != self._size:
            frame, self._shown, self._size = '\x1b[2J', [], size
        for number, line in enumerate(lines):
            if self._shown[number:number + 1] != [line]:
                text = line.rstrip()
                # Behind the last column there is nothing, and a terminal would erase that column.
                rest = '\x1b[K' if text != line else ''
                frame += f'\x1b[{number + 1};1H{text}{rest}'
        if len(lines) < len(self._shown):
            frame += f'\x1b[{len(lines) + 1};1H\x1b[J'
        self._shown = lines
        self._output.write(frame)
        self._output.flush()

    def _enter(self) -> None:
        if self._keyboard is not None:
            self._modes = termios.tcgetattr(self._keyboard)
            quiet = termios.tcgetattr(self._keyboard)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, quiet)
        self._output.write(_ENTER)
        self._output.flush()
        self._size = (0, 0)

    def _leave(self) -> None:
        self._output.write(_LEAVE)
        self._output.flush()
        if self._keyboard is not None and self._modes is not None:
            termios.tcsetattr(self._keyboard, termios.TCSAFLUSH, self._modes)

    def _note_suspension(self, *_: Any) -> None:
        """Ctrl-Z: obeyed where nothing is being written."""
        self._suspending = True

    def _suspend(self) -> None:
        """Stop until the shell says so; it gets its terminal as it was."""
        self._suspending = False
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter()


def _is_keyboard(stream: Optional[TextIO]) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False
