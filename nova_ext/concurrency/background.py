# SPDX-License-Identifier: Apache-2.0
"""Threads for what may never come back."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import TypeVar

from oslo_log import log as logging

LOG = logging.getLogger(__name__)

T = TypeVar('T')


class NoThread(RuntimeError):
    """The operating system has no room for another thread. Logged where it was wanted."""


def start(name: str, function: Callable[[], T]) -> concurrent.futures.Future[T]:
    """Call ``function()`` in a thread that does not keep the service from ending.

    :param name: what the thread is for
    :returns: the result to come; :class:`NoThread` when no thread can be started
    """
    future: concurrent.futures.Future[T] = concurrent.futures.Future()
    thread = threading.Thread(
        target=fulfil, args=(future, function), daemon=True, name=f'nova-ext-{name}')
    try:
        thread.start()
    except RuntimeError as error:
        LOG.warning('Failed to start a thread for %s: %s', name, error)
        future.set_exception(NoThread(str(error)))
    return future


def fulfil(future: concurrent.futures.Future[T], function: Callable[[], T]) -> None:
    """Call ``function()`` here, and have its result or its error in ``future``."""
    try:
        future.set_result(function())
    except BaseException as error:  # handed to whoever waits
        future.set_exception(error)
