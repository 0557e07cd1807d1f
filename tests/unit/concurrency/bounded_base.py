# SPDX-License-Identifier: Apache-2.0
"""What the tests of bounded calls share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from nova_ext import exception
from nova_ext.concurrency import bounded, patience
from tests.unit import base

T = TypeVar('T')

#: A timeout in seconds that tests wait for.
TIMEOUT = 0.1

#: Seconds that a test allows on top for threads to be scheduled on a busy machine.
SLACK = 0.7

#: A timeout in seconds that no test waits for.
LONG_TIMEOUT = 5.0

#: A call that takes fewer seconds has not waited for anything, :data:`LONG_TIMEOUT` least of all.
AT_ONCE = 0.5


class HangingFunction:
    """A function that hangs until it is released."""

    def __init__(self) -> None:
        self.calls = 0
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self) -> str:
        self.calls += 1
        self.entered.set()
        if not self.release.wait(10):
            raise TimeoutError('not released')
        return 'late'


def make_calls(timeout: float, limit: int, doubtful_limit: int = 0, long_waits: int = 100
               ) -> bounded.BoundedCalls:
    """Make what calls functions, with such bounds."""
    return bounded.BoundedCalls(bounded.Bounds(
        'its QEMU', timeout, limit, patience.Patience(long_waits), doubtful_limit))


def call(calls: bounded.BoundedCalls, key: Hashable, function: Callable[[], T]) -> T:
    """Make a call and wait for its result."""
    return calls.start(key, function).result()


def start_thread(target: Callable[..., object], *arguments: object) -> threading.Thread:
    """Call a function in a thread."""
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


class BoundedTestCase(base.TestCase):
    """A function that hangs until the test ends, :attr:`hanging`."""

    def setUp(self) -> None:
        super().setUp()
        self.hanging = self.make_hanging_function()

    def make_hanging_function(self) -> HangingFunction:
        """Make a function that hangs until the test releases it or ends."""
        function = HangingFunction()
        self.addCleanup(function.release.set)
        return function

    def time_refusal(self, function: Callable[[], object]) -> float:
        """Assert that a call is refused. Return the seconds that this took."""
        began = time.monotonic()
        with self.assert_raises(exception.NotResponding):
            function()
        return time.monotonic() - began
