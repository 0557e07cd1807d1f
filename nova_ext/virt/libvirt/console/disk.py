# SPDX-License-Identifier: Apache-2.0
"""The disk with the console logs, which may not answer, as a network file system that is gone.

What is done there is done in Nova's privsep daemon. It cannot be cancelled, and holds one of the
daemon's threads, of which Nova needs some: so nobody waits for long, and few calls are in flight.

What prepares a log for the start of its guest is not called here: given up and done later, it
would change a log that virtlogd writes. Whether the disk answers at all is asked here before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from oslo_log import log as logging

from nova_ext.concurrency import bounded, patience
from nova_ext.virt.libvirt.console import privileged

LOG = logging.getLogger(__name__)

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
        #: Whether the directory for logs was there when it was seen last, by its path.
        self._seen: dict[str, bool] = {}

    def call(self, key: Hashable, function: Callable[[], T]) -> T:
        """Call a function of :mod:`privileged`, and wait for its result.

        While a call for the same key is overdue, no other is made for it and nobody waits.

        :param key: the UUID of the server whose logs it is about
        :raises nova_ext.exception.NotResponding: there is no result in time
        :raises Exception: what the function raised
        """
        return self._calls.start(key, function).result()

    def change(self, key: Hashable, function: Callable[[float], T]) -> T:
        """As :meth:`call`, of what must not be done when nobody waits for it any more.

        :param function: takes the time after which it is too late, as :func:`deadlines.check` does
        """
        deadline = time.monotonic() + TIMEOUT
        return self.call(key, lambda: function(deadline))

    def has_directory(self, path: str, key: Hashable) -> bool:
        """Whether the directory that is configured for logs is there.

        :param key: as for :meth:`call`
        :raises Exception: as there
        """
        seen = self._seen[path] = self.call(key, lambda: privileged.is_directory(path))
        return seen

    def has_or_had_directory(self, path: str, instance: Any) -> bool:
        """As :meth:`has_directory`, or whether it was there when its disk answered last.

        If it never has, it is: a log that is sought there cannot be read for now, which is
        told, and elsewhere there would seem to be none.

        :param instance: nova.objects.Instance, whose log it is about
        """
        try:
            return self.has_directory(path, instance.uuid)
        except Exception as error:  # Nova goes on all the same
            seen = self._seen.get(path)
            LOG.warning('Assuming that [nova_ext] console_log_directory %s is %s: %s: %s', path,
                        'there' if seen is None else 'still there' if seen else 'still missing',
                        type(error).__name__, error, instance=instance)
            return seen is not False
