# SPDX-License-Identifier: Apache-2.0
"""How long threads that others need may wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: Seconds that anybody may wait, and longer than that while others are answered.
BRIEFLY = 0.5

#: Threads that may wait for long for one hypervisor. nova-compute's RPC server has 64.
LONG_WAITS = 16


class Patience:
    """Lets only a few threads wait for long when nothing is answered.

    Most threads that wait are workers of nova-compute's RPC server, which Nova needs. When
    libvirt is silent, all but a few of them are free again after a moment.
    """

    def __init__(self, limit: int) -> None:
        """Take the number of threads that may wait for long."""
        self._long_waits = threading.BoundedSemaphore(limit)
        self._answered = time.monotonic()

    def note_answer(self) -> None:
        """Note that somebody was answered."""
        self._answered = time.monotonic()

    def wait(self, wait: Callable[[float], bool], seconds: float) -> bool:
        """Wait for something.

        :param wait: waits for it so many seconds and returns whether it has come
        :param seconds: how long to wait, if this thread may
        :returns: whether it has come
        """
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if wait(max(0.0, min(left, BRIEFLY))):
                return True
            if left <= BRIEFLY:
                return False
            if time.monotonic() - self._answered > BRIEFLY:
                return self._wait_for_long(wait, end - time.monotonic())

    def _wait_for_long(self, wait: Callable[[float], bool], seconds: float) -> bool:
        if not self._long_waits.acquire(blocking=False):
            return False
        try:
            return wait(max(0.0, seconds))
        finally:
            self._long_waits.release()
