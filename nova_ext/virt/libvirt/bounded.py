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


class _Call(Generic[T]):
    """One call in flight and its outcome."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.done = threading.Event()
        self.result: Optional[T] = None
        self.error: Optional[BaseException] = None

    def overdue(self) -> bool:
        return time.monotonic() >= self.deadline


class BoundedCalls:
    """Makes calls, keyed by what they are about, and limits waiting and concurrency."""

    def __init__(self, timeout: float, limit: int) -> None:
        """Make a caller.

        :param timeout: seconds that anybody waits, for a free slot and for the result together
        :param limit: how many calls may be in flight
        """
        self._timeout = timeout
        self._limit = limit
        self._calls: dict[Hashable, _Call[Any]] = {}
        self._changed = threading.Condition()

    def call(self, key: Hashable, function: Callable[[], T]) -> T:
        """The result of ``function()``.

        While a call for the same key is overdue, no other is made for it and nobody waits.

        :param key: what the call is about
        :param function: what to call
        :raises nova_ext.exception.GuestNotResponding: no result in time
        :raises Exception: what ``function`` raised
        """
        call = _Call[T](time.monotonic() + self._timeout)
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
        if not call.done.wait(max(0.0, call.deadline - time.monotonic())):
            raise exception.GuestNotResponding(
                f'no answer from its QEMU within {self._timeout:g} s')
        if call.error is not None:
            raise call.error
        return cast(T, call.result)

    def _enter(self, key: Hashable, call: _Call[T]) -> None:
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

    def _until_next(self, call: _Call[T]) -> float:
        """Seconds until the first deadline that changes what there is to wait for."""
        now = time.monotonic()
        deadlines = [other.deadline for other in (call, *self._calls.values())
                     if other.deadline > now]
        return min(deadlines, default=now) - now

    def _run(self, key: Hashable, call: _Call[T], function: Callable[[], T]) -> None:
        try:
            call.result = function()
        except BaseException as error:  # handed to whoever waits
            call.error = error
        finally:
            self._leave(key)
            call.done.set()

    def _leave(self, key: Hashable) -> None:
        """Give the slot back."""
        with self._changed:
            del self._calls[key]
            self._changed.notify_all()
