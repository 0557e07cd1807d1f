# SPDX-License-Identifier: Apache-2.0
"""Calls that may hang, of which each key may have so many in flight."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable, Hashable
from typing import Optional, TypeVar

from nova_ext.concurrency import background

T = TypeVar('T')


class CallLimiter:
    """Makes calls that may hang, each in a thread of its own, and bounds the wait for them.

    What hangs cannot be cancelled. So there is a limit on the calls in flight for each key, and
    one key that hangs does not keep the calls for others waiting.
    """

    def __init__(self, limit: int, part_limit: Optional[int] = None) -> None:
        """Allow some calls in flight for each key.

        :param part_limit: how many of them may be for one part of what the key stands for; None:
            all
        """
        self._limit = limit
        self._part_limit = limit if part_limit is None else part_limit
        self._in_flight: dict[tuple[Hashable, Hashable], int] = {}
        self._changed = threading.Condition()

    def call(self, key: Hashable, timeout: float, function: Callable[[], T],
             part: Hashable = None) -> T:
        """Call a function, and wait for its result.

        :param timeout: seconds to wait, for a place among the calls in flight and for the result
        :param part: of what the key stands for
        :raises TimeoutError: there is none in time
        :raises nova_ext.concurrency.background.NoThread: it cannot be called
        :raises Exception: what the function raised
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_place(key, part), timeout):
                limit = self._part_limit if self._count(key) < self._limit else self._limit
                raise TimeoutError(f'{limit} earlier calls are still not answered')
            self._in_flight[key, part] = self._in_flight.get((key, part), 0) + 1

        future = background.start(f'call-{key}', function)
        future.add_done_callback(lambda _: self._leave(key, part))
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError as error:
            if future.done():  # its own error, or its result came at the last moment
                return future.result()
            raise TimeoutError(f'no answer within {timeout:g} s') from error

    def _has_place(self, key: Hashable, part: Hashable) -> bool:
        return (self._count(key) < self._limit
                and self._in_flight.get((key, part), 0) < self._part_limit)

    def _count(self, key: Hashable) -> int:
        return sum(number for (other, _), number in self._in_flight.items() if other == key)

    def _leave(self, key: Hashable, part: Hashable) -> None:
        with self._changed:
            self._in_flight[key, part] -= 1
            if not self._in_flight[key, part]:
                del self._in_flight[key, part]
            self._changed.notify_all()
