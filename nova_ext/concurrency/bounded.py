# SPDX-License-Identifier: Apache-2.0
"""Calls that may never come back, made so that nobody waits for them for long.

A call blocks for as long as what it is about hangs, and cannot be cancelled. So each is made in a
thread of its own, one at a time for each key, and whoever wants the result waits for a bounded
time.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from nova_ext import exception
from nova_ext.concurrency import patience, workers

T = TypeVar('T')


@dataclasses.dataclass(frozen=True)
class Bounds:
    """What calls of a kind are held to."""

    #: Who answers, for messages.
    who: str
    #: Seconds that anybody waits, for a free slot and for the result together.
    timeout: float
    #: How many calls may be in flight.
    limit: int
    patience: patience.Patience
    #: How many of them may be overdue or doubtful when another doubtful one begins.
    doubtful_limit: int = 0
    #: What is raised when there is no answer.
    error: type[exception.NotResponding] = exception.NotResponding


class Call(Generic[T]):
    """A call in flight and, in time, its outcome."""

    #: The outcome; it is there before anybody waits for it.
    future: concurrent.futures.Future[T]

    def __init__(self, bounds: Bounds, *, doubtful: bool = False) -> None:
        self._bounds = bounds
        #: Whether it was doubted from the first that there would be an answer.
        self.doubtful = doubtful
        #: Monotonic time at which waiting for it ends.
        self.deadline = time.monotonic() + bounds.timeout

    def overdue(self) -> bool:
        """Whether nobody waits for it any more."""
        return time.monotonic() >= self.deadline

    def remaining(self) -> float:
        """Seconds until it is overdue."""
        return max(0.0, self.deadline - time.monotonic())

    def result(self) -> T:
        """What the function returned, as soon as it has.

        :raises nova_ext.exception.NotResponding: it did not in time
        :raises Exception: what it raised
        """
        if not self._bounds.patience.wait(self._wait, self.remaining()):
            raise self._bounds.error(
                f'no answer from {self._bounds.who} within {self._bounds.timeout:g} s'
                if self.overdue() else
                f'{self._bounds.who} takes long to answer, and many wait for it already')
        return self.future.result()

    def _wait(self, seconds: float) -> bool:
        """Whether it is done, as soon as it is or in so many seconds."""
        return bool(concurrent.futures.wait((self.future,), seconds).done)


class BoundedCalls:
    """Makes calls, keyed by what they are about, and limits waiting and concurrency."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._calls: dict[Hashable, Call[Any]] = {}
        self._changed = threading.Condition()
        self._workers = workers.Workers('call')

    def start(self, key: Hashable, function: Callable[[], T], *, doubtful: bool = False
              ) -> Call[T]:
        """Begin to call ``function()``.

        While a call for the same key is overdue, no other is made for it and nobody waits.

        :param key: what the call is about
        :param function: what to call
        :param doubtful: whether an answer is doubtful; such calls leave slots to others
        :returns: the call, whose ``result()`` waits for it
        :raises nova_ext.exception.NotResponding: it cannot be made in time
        """
        call = Call[T](self._bounds, doubtful=doubtful)
        self._enter(key, call)
        try:
            call.future = self._workers.start(lambda: self._run(key, function))
        except RuntimeError as error:  # no thread can be started
            self._leave(key)
            raise self._bounds.error(f'it cannot be asked: {error}') from error
        return call

    def _enter(self, key: Hashable, call: Call[T]) -> None:
        """Take a slot for ``call``, waiting no longer than it may take itself."""
        with self._changed:
            if not self._bounds.patience.wait(
                    lambda seconds: self._wait_for_slot(key, call, seconds), call.remaining()):
                raise self._refusal()
            self._calls[key] = call

    def _wait_for_slot(self, key: Hashable, call: Call[T], seconds: float) -> bool:
        """Return whether there is a slot, as soon as there is one or in so many seconds.

        :raises nova_ext.exception.NotResponding: there is none to wait for
        """
        end = time.monotonic() + seconds
        while key in self._calls or not self._is_slot_free(call):
            self._check_worth_waiting(key, call)
            if time.monotonic() >= end:
                return False
            self._changed.wait(self._until_next(end))
        return True

    def _is_slot_free(self, call: Call[T]) -> bool:
        if call.doubtful and self._bounds.doubtful_limit <= sum(
                other.doubtful or other.overdue() for other in self._calls.values()):
            return False
        return len(self._calls) < self._bounds.limit

    def _check_worth_waiting(self, key: Hashable, call: Call[T]) -> None:
        """Return if a slot may become free soon."""
        if key in self._calls and self._calls[key].overdue():
            raise self._bounds.error(
                f'an earlier question to {self._bounds.who} is still not answered')
        limit = self._bounds.doubtful_limit if call.doubtful else self._bounds.limit
        if sum(other.overdue() for other in self._calls.values()) >= limit:
            raise self._refusal()

    def _refusal(self) -> exception.NotResponding:
        return self._bounds.error(
            f'{len(self._calls)} other questions are not answered either')

    def _until_next(self, end: float) -> float:
        """Seconds until the first deadline that changes what there is to wait for."""
        now = time.monotonic()
        deadlines = [end, *(other.deadline for other in self._calls.values()
                            if other.deadline > now)]
        return max(0.0, min(deadlines) - now)

    def _run(self, key: Hashable, function: Callable[[], T]) -> T:
        try:
            return function()
        finally:
            self._bounds.patience.note_answer()
            self._leave(key)

    def _leave(self, key: Hashable) -> None:
        """Give the slot back."""
        with self._changed:
            del self._calls[key]
            self._changed.notify_all()
