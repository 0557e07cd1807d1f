# SPDX-License-Identifier: Apache-2.0
"""What comes back again and again."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Optional

from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import background

LOG = logging.getLogger(__name__)

#: Seconds after which a function is called again that should have been called once, and failed.
_RETRY = 10.0

#: Seconds between two calls of what goes on failing, by default.
_LONGEST_PAUSE = 600.0


class PeriodicTask:
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
            self._stopped = stopped = threading.Event()
            background.start(self._name, lambda: self._loop(stopped))

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
