# SPDX-License-Identifier: Apache-2.0
"""The view on a terminal, which rich draws, and the keys that a person presses there."""

from __future__ import annotations

import datetime
import os
import signal
import sys
import termios
from collections.abc import Callable
from types import TracebackType
from typing import Any, Optional, Protocol, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live

from nova_ext.cli import exceptions
from nova_ext.cli.watch import graphs, loop, signals


class History(Protocol):
    """What a view remembers."""

    def add(self, answer: loop.Answer) -> None:
        """Remember an answer."""

    def miss(self) -> None:
        """Remember that there was no answer."""


class View(Protocol):
    """What rich draws."""

    #: Why the last request was not answered.
    trouble: Optional[str]

    @property
    def history(self) -> History:
        """What it has seen."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts of the screen, from its top to its bottom."""


class Screen:
    """Keeps a view on a terminal."""

    def __init__(self, output: TextIO, make_view: Callable[[str], View]) -> None:
        """Prepare; the terminal is changed when it is entered.

        :param make_view: makes the view, of the heights that graphs can have there
        """
        self._view = make_view(graphs.glyphs(output))
        self._live = Live(
            self._view, console=_console(output), screen=True, auto_refresh=False,
            redirect_stdout=False, redirect_stderr=False)
        self._keyboard: Optional[int] = sys.stdin.fileno() if _is_keyboard(sys.stdin) else None
        self._modes: Any = None
        self._signals = signals.Signals(output, self._keyboard, {
            signal.SIGWINCH: lambda *_: None, signal.SIGTSTP: self._note_suspension})
        self._suspending = False

    def __enter__(self) -> Screen:
        """Take over the terminal."""
        self._signals.__enter__()
        try:
            self._enter()
        except BaseException:  # Ctrl-C while the view is drawn for the first time, for example
            self.__exit__(None, None, None)
            raise
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
        self._live.refresh()

    def complain(self, at: datetime.datetime, error: exceptions.ClientError) -> None:
        """Draw why there was none, beneath what is known from before."""
        self._view.history.miss()
        self._view.trouble = graphs.plain(f'{at:%H:%M:%S} {error}')
        self._live.refresh()

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
            self._live.refresh()

    def _is_over(self) -> bool:
        """Whether a key says so; the terminal's end does, too."""
        keys = os.read(self._keyboard or 0, 64)
        return not keys or b'q' in keys

    def _enter(self) -> None:
        if self._keyboard is not None:
            self._modes = termios.tcgetattr(self._keyboard)
            quiet = termios.tcgetattr(self._keyboard)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, quiet)
        self._live.start(refresh=True)

    def _leave(self) -> None:
        with signals.ignored(signal.SIGINT, signal.SIGTERM):
            try:
                self._live.stop()
            finally:
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


def _console(output: TextIO) -> Console:
    """What draws on a terminal: text alone, in whatever size the terminal has at that moment."""
    # A size in the environment would be kept when the terminal gets another one.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('COLUMNS', 'LINES')}
    return Console(
        file=output, force_terminal=True, force_interactive=True, color_system=None,
        _environ=environment)


def _is_keyboard(stream: Optional[TextIO]) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False
