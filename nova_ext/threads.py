# SPDX-License-Identifier: Apache-2.0
"""Threads for what may never come back, and for what comes back again and again."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Optional, TypeVar

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

T = TypeVar('T')


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


class Every:
    """Calls a function again and again in the background."""

    def __init__(self, name: str, interval: float, function: Callable[[], object]) -> None:
        """Know what to call.

        :param name: what the thread is for
        :param interval: seconds between two calls; 0: there is only one
        """
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
        while not stopped.is_set():
            try:
                self._function()
            except Exception:
                LOG.exception('The %s failed this time', self._name)
            if not self._interval:
                return
            stopped.wait(self._interval)
