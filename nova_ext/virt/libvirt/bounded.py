# SPDX-License-Identifier: Apache-2.0
"""Calls that may never come back, made so that nobody waits for them for long.

A libvirt call that needs a guest's monitor blocks for as long as that guest's QEMU hangs, and
cannot be cancelled. So each is made in a thread of its own, one at a time for a guest, and
whoever wants the result waits for a bounded time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, Optional, TypeVar, cast

from nova_ext import exception

T = TypeVar('T')


class Call(Generic[T]):
    """A call in flight and, in time, its outcome."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        #: Monotonic time at which waiting for it ends.
        self.deadline = time.monotonic() + timeout
        self._done = threading.Event()
        self._result: Optional[T] = None
        self._error: Optional[BaseException] = None

    def overdue(self) -> bool:
        """Whether nobody waits for it any more."""
        return time.monotonic() >= self.deadline

    def make(self, function: Callable[[], T]) -> None:
        """Call ``function`` and keep what comes of it."""
        try:
            self._result = function()
        except BaseException as error:  # handed to whoever waits
            self._error = error

    def finish(self) -> None:
        """Wake up whoever waits."""
        self._done.set()

    def result(self) -> T:
        """What the function returned, as soon as it has.

        :raises nova_ext.exception.GuestNotResponding: it did not in time
        :raises Exception: what it raised
        """
        if not self._done.wait(max(0.0, self.deadline - time.monotonic())):
            raise exception.GuestNotResponding(
                f'no answer from its QEMU within {self._timeout:g} s')
        if self._error is not None:
            raise self._error
        return cast(T, self._result)


class BoundedCalls:
    """Makes calls, keyed by what they are about, and limits waiting and concurrency."""

    def __init__(self, timeout: float, limit: int) -> None:
        """Make a caller.

        :param timeout: seconds that anybody waits, for a free slot and for the result together
        :param limit: how many calls may be in flight
        """
        self._timeout = timeout
        self._limit = limit
        self._calls: dict[Hashable, Call[Any]] = {}
        self._changed = threading.Condition()

    def start(self, key: Hashable, function: Callable[[], T]) -> Call[T]:
        """Begin to call ``function()``.

        While a call for the same key is overdue, no other is made for it and nobody waits.

        :param key: what the call is about
        :param function: what to call
        :returns: the call, whose ``result()`` waits for it
        :raises nova_ext.exception.GuestNotResponding: it cannot be made in time
        """
        call = Call[T](self._timeout)
        self._enter(key, call)
        # A daemon: a guest that hangs must not keep nova-compute from ending.
        thread = threading.Thread(
            target=self._run, args=(key, call, function), daemon=True,
            name=f'nova-ext-{key}')
        try:
            thread.start()
        except RuntimeError as error:
            self._leave(key)
            raise exception.GuestNotResponding(f'it cannot be asked: {error}') from error
        return call

    def _enter(self, key: Hashable, call: Call[T]) -> None:
        """Take a slot for ``call``, waiting no longer than it may take itself."""
        with self._changed:
            while key in self._calls or len(self._calls) >= self._limit:
                if key in self._calls and self._calls[key].overdue():
                    raise exception.GuestNotResponding(
                        'an earlier question to its QEMU is still not answered')
                if call.overdue() or all(other.overdue() for other in self._calls.values()):
                    raise exception.GuestNotResponding(
                        f'{len(self._calls)} questions to guests of this host are not answered')
                self._changed.wait(self._until_next(call))
            self._calls[key] = call

    def _until_next(self, call: Call[T]) -> float:
        """Seconds until the first deadline that changes what there is to wait for."""
        now = time.monotonic()
        deadlines = [other.deadline for other in (call, *self._calls.values())
                     if other.deadline > now]
        return min(deadlines, default=now) - now

    def _run(self, key: Hashable, call: Call[T], function: Callable[[], T]) -> None:
        try:
            call.make(function)
        finally:
            self._leave(key)
            call.finish()

    def _leave(self, key: Hashable) -> None:
        """Give the slot back."""
        with self._changed:
            del self._calls[key]
            self._changed.notify_all()
