# SPDX-License-Identifier: Apache-2.0
"""Waiting until it is time, or until a signal, a key or the reader's end comes first."""

from __future__ import annotations

import contextlib
import enum
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Optional, TextIO


@contextlib.contextmanager
def ignored(*numbers: signal.Signals) -> Iterator[None]:
    """Ignore some signals meanwhile, for what has to be done to its end."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Event(enum.Enum):
    """Why a wait is over."""

    DUE = enum.auto()
    SIGNAL = enum.auto()
    KEY = enum.auto()
    CLOSED = enum.auto()


class Signals:
    """SIGTERM ends as Ctrl-C does; other signals end a wait."""

    def __init__(
            self, output: TextIO, keys: Optional[int] = None,
            handlers: Optional[dict[signal.Signals, Callable[[int, Any], None]]] = None) -> None:
        """Prepare.

        :param output: what is watched for the end of its reader
        :param keys: a file descriptor whose input ends a wait
        :param handlers: of more signals
        """
        self._output = output
        self._keys = keys
        self._handlers = {signal.SIGTERM: signal.default_int_handler, **(handlers or {})}
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        """Take over the signals."""
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        for number, handler in self._handlers.items():
            self._before[number] = signal.signal(number, handler)
        self._poll = select.poll()
        self._poll.register(self._reading, select.POLLIN)
        self._poll.register(self._output.fileno(), 0)  # only its errors
        if self._keys is not None:
            self._poll.register(self._keys, select.POLLIN)
        return self

    def __exit__(
            self, kind: Optional[type[BaseException]], error: Optional[BaseException],
            trace: Optional[TracebackType]) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, until: float) -> Event:
        """Wait for whatever comes first.

        :param until: a time of time.monotonic()
        :raises KeyboardInterrupt: the person or a supervisor ends it
        """
        left = max(0.0, until - time.monotonic())
        ready = {number for number, _ in self._poll.poll(left * 1000)}
        if self._reading in ready:
            os.read(self._reading, 512)
            return Event.SIGNAL
        if self._output.fileno() in ready:
            return Event.CLOSED
        return Event.KEY if ready else Event.DUE
