# SPDX-License-Identifier: Apache-2.0
"""Waiting until it is time, or until something else comes first."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

from nova_ext.cli.watch import signals
from tests.unit import base

#: Seconds until something ends a wait, and the longest wait.
SOON, LONG = 0.02, 5


class TestSignals(base.TestCase):
    def open_null(self) -> TextIO:
        """Open an output whose reader never ends."""
        output = open(os.devnull, 'w')
        self.addCleanup(output.close)
        return output

    def do_soon(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function in a thread while the test waits."""
        timer = threading.Timer(SOON, function, arguments)
        self.addCleanup(timer.cancel)
        timer.start()

    def assert_wait_ends(self, expected: signals.Event, waiting: signals.Signals) -> None:
        """Assert that an event ends a wait before its time."""
        end = time.monotonic() + LONG
        self.assertIs(expected, waiting.wait(end))
        self.assertLess(time.monotonic(), end - 1)

    def test_wait_ends_when_it_is_time(self) -> None:
        with signals.Signals(self.open_null()) as waiting:
            until = time.monotonic() + SOON
            self.assertIs(signals.Event.DUE, waiting.wait(until))
            self.assertGreaterEqual(time.monotonic(), until - 0.001)

    def test_signal_ends_one_wait(self) -> None:
        handlers: Any = {signal.SIGUSR1: lambda *_: None}
        with signals.Signals(self.open_null(), handlers=handlers) as waiting:
            self.do_soon(os.kill, os.getpid(), signal.SIGUSR1)
            self.assert_wait_ends(signals.Event.SIGNAL, waiting)
            self.assertIs(signals.Event.DUE, waiting.wait(time.monotonic() + SOON))

    def test_closed_output_ends_wait(self) -> None:
        reading, writing = os.pipe()
        with os.fdopen(writing, 'w') as output, signals.Signals(output) as waiting:
            self.do_soon(os.close, reading)
            self.assert_wait_ends(signals.Event.CLOSED, waiting)

    def test_key_ends_wait(self) -> None:
        keys, keyboard = os.pipe()
        self.addCleanup(os.close, keys)
        self.addCleanup(os.close, keyboard)
        with signals.Signals(self.open_null(), keys) as waiting:
            os.write(keyboard, b'x')
            self.assert_wait_ends(signals.Event.KEY, waiting)

    def test_signal_handlers_are_restored(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with signals.Signals(self.open_null()):
            self.assertIsNot(before, signal.getsignal(signal.SIGTERM))
        self.assertIs(before, signal.getsignal(signal.SIGTERM))
