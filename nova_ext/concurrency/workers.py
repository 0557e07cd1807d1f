# SPDX-License-Identifier: Apache-2.0
"""Threads that are used again and again."""

from __future__ import annotations

import concurrent.futures
import functools
import threading
from collections.abc import Callable
from typing import Optional, TypeVar

from nova_ext.concurrency import background

T = TypeVar('T')


class Workers:
    """Threads that are kept: to start one takes as long as many a call that is made in it.

    There are as many as were busy at the same time. What hangs keeps its thread, and the next
    function gets another one.
    """

    def __init__(self, name: str) -> None:
        """Take what the threads are for."""
        self._name = name
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []

    def start(self, function: Callable[[], T]) -> concurrent.futures.Future[T]:
        """Call ``function()`` in one of them.

        :returns: the result to come
        :raises RuntimeError: no thread can be started
        """
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        worker = self._take()
        new = worker is None
        if worker is None:
            worker = _Worker(f'nova-ext-{self._name}', self._keep)
        worker.give(functools.partial(background.fulfil, future, function))
        if new:
            worker.thread.start()
        return future

    def _take(self) -> Optional[_Worker]:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.thread.is_alive():  # not after a fork
                    return worker
        return None

    def _keep(self, worker: _Worker) -> None:
        with self._lock:
            self._idle.append(worker)


class _Worker:
    """One thread and what it is to do next."""

    def __init__(self, name: str, note_idle: Callable[[_Worker], None]) -> None:
        self._note_idle = note_idle
        self._function: Optional[Callable[[], object]] = None
        self._given = threading.Semaphore(0)
        # A daemon: what hangs must not keep the service from ending.
        self.thread = threading.Thread(target=self._work, daemon=True, name=name)

    def give(self, function: Callable[[], object]) -> None:
        """Have it call ``function()``, when it is idle."""
        self._function = function
        self._given.release()

    def _work(self) -> None:
        while True:
            self._given.acquire()
            function, self._function = self._function, None
            if function is not None:
                function()
            del function  # what it refers to may be large
            self._note_idle(self)
