# SPDX-License-Identifier: Apache-2.0
"""Threads for what may never come back, and for what comes back again and again."""

from __future__ import annotations

import concurrent.futures
import math
import threading
import time
from collections.abc import Callable, Hashable
from typing import Optional, TypeVar

from oslo_log import log as logging

from nova_ext import exception

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Seconds after which a function is called again that should have been called once, and failed.
_RETRY = 10.0

#: Seconds between two calls of what goes on failing, by default.
_LONGEST_PAUSE = 600.0


def start(name: str, function: Callable[[], T]) -> concurrent.futures.Future[T]:
    """Call ``function()`` in a thread that does not keep the service from ending.

    :param name: what the thread is for
    :returns: the result to come
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    threading.Thread(
        target=_run, args=(future, function), daemon=True, name=f'nova-ext-{name}').start()
    return future


def _run(future: concurrent.futures.Future[T], function: Callable[[], T]) -> None:
    try:
        future.set_result(function())
    except BaseException as error:  # handed to whoever waits
        future.set_exception(error)


class CallLimiter:
    """Makes calls that may hang, each in a thread of its own, and bounds the wait for them.

    What hangs cannot be cancelled. So there is a limit on the calls in flight for each key, and
    one key that hangs does not keep the calls for others waiting.
    """

    def __init__(self, limit: int) -> None:
        """Allow some calls in flight for each key."""
        self._limit = limit
        self._in_flight: dict[Hashable, int] = {}
        self._changed = threading.Condition()

    def call(self, key: Hashable, timeout: float, function: Callable[[], T]) -> T:
        """Call a function, and wait for its result.

        :param timeout: seconds to wait, for a place among the calls in flight and for the result
        :raises TimeoutError: there is none in time
        :raises Exception: what the function raised
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_place(key), timeout):
                raise TimeoutError(f'{self._limit} earlier calls are still not answered')
            self._in_flight[key] = self._in_flight.get(key, 0) + 1

        def run() -> T:
            try:
                return function()
            finally:
                self._leave(key)

        try:
            future = start(f'call-{key}', run)
        except RuntimeError:  # no thread can be started
            self._leave(key)
            raise
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError as error:
            if future.done():  # the function's own
                raise
            raise TimeoutError(f'no answer within {timeout:g} s') from error

    def _has_place(self, key: Hashable) -> bool:
        return self._in_flight.get(key, 0) < self._limit

    def _leave(self, key: Hashable) -> None:
        with self._changed:
            self._in_flight[key] -= 1
            if not self._in_flight[key]:
                del self._in_flight[key]
            self._changed.notify_all()


class Every:
    """Calls a function again and again in the background, less and less often while it fails."""

    def __init__(
            self, name: str, interval: float, function: Callable[[], object], *,
            longest_pause: float = _LONGEST_PAUSE) -> None:
        """Know what to call.

        :param name: what the thread is for
        :param interval: seconds between two calls; 0: it is called until it has succeeded once
        :param longest_pause: seconds between two calls of what goes on failing, unless the
            interval is longer
        """
        self._longest_pause = longest_pause
        self._name = name
        self._interval = interval
        self._function = function
        self._stopped: Optional[threading.Event] = None

    def start(self) -> None:
        """Begin, with the first call at once."""
        if self._stopped is None:
            # Each thread has an event of its own: one that is still ending stays stopped.
            self._stopped = threading.Event()
            threading.Thread(target=self._loop, args=(self._stopped,), daemon=True,
                             name=f'nova-ext-{self._name}').start()

    def stop(self) -> None:
        """End it, when the call that is being made has come back."""
        if self._stopped is not None:
            self._stopped.set()
            self._stopped = None

    def _loop(self, stopped: threading.Event) -> None:
        failures = 0
        while not stopped.is_set():
            try:
                self._function()
                failures = 0
            except Exception as error:
                failures += 1
                LOG.error('Periodic task %s failed, next attempt in %g s: %s: %s', self._name,
                          self._pause(failures), type(error).__name__, error,
                          exc_info=failures == 1 and not isinstance(
                              error, exception.HypervisorNotResponding))
            if not failures and not self._interval:
                return
            stopped.wait(self._pause(failures))

    def _pause(self, failures: int) -> float:
        """Seconds until the next call.

        :param failures: how many of the last calls have failed, one after the other
        """
        if not failures:
            return self._interval
        doubled = math.ldexp(self._interval or _RETRY, min(failures - 1, 10))
        return max(self._interval, min(doubled, self._longest_pause))
