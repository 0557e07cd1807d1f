# SPDX-License-Identifier: Apache-2.0
"""The disk with the console logs, which may not answer, as a network file system that is gone.

What is done there is done in Nova's privsep daemon. It cannot be cancelled, and holds one of the
daemon's threads, of which Nova needs some: so nobody waits for long, and few calls are in flight.

What prepares a log for the start of its guest is not called here: given up and done later, it
would change a log that virtlogd writes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from nova_ext.concurrency import bounded, patience
from nova_ext.virt.libvirt.console import privileged

T = TypeVar('T')

#: Seconds to wait for a call.
TIMEOUT = 4.0

#: Calls in flight at most, and those who may wait for long while none of them ends.
_LIMIT = 16
_LONG_WAITS = 4


class Disk:
    """Makes calls to the logs of one host, which they all share."""

    def __init__(self) -> None:
        # Beside these, the passes over all logs and over those of deleted servers hold one thread
        # each. With as few threads as processors, one is left to Nova where there are four.
        limit = max(1, min(_LIMIT, privileged.threads() // 2 - 1))
        self._calls = bounded.BoundedCalls(bounded.Bounds(
            'the disk with the console logs', TIMEOUT, limit, patience.Patience(_LONG_WAITS)))

    def call(self, key: Hashable, function: Callable[[], T]) -> T:
        """Call a function of :mod:`privileged`, and wait for its result.

        While a call for the same key is overdue, no other is made for it and nobody waits.

        :param key: the UUID of the server whose logs it is about
        :raises nova_ext.exception.NotResponding: there is no result in time
        :raises Exception: what the function raised
        """
        return self._calls.start(key, function).result()
