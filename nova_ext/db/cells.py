# SPDX-License-Identifier: Apache-2.0
"""Asking the databases of all cells at once, without waiting for a broken one for long.

Nova's scatter_gather_cells would do, were it not for its bounds: it waits 60 seconds, and a few
requests to a cell that hangs use up the threads with which it asks the healthy ones.

A cell that has not answered in time is asked again when it has answered, or once every
:data:`RETRY_INTERVAL`: what keeps it silent may be one connection that was lost. An error is an
answer if it comes at once, as from a host that refuses connections. After one that has taken long,
as from a host that drops packets, everybody would wait again.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from nova import context as nova_context
from oslo_log import log as logging

from nova_ext.concurrency import background

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Seconds between two questions to a cell that does not answer.
RETRY_INTERVAL = 30

#: As many questions may be unanswered by a cell; each has a thread and a connection.
MAX_OVERDUE = 10


@dataclasses.dataclass
class Answers(Generic[T]):
    """What the cells answered."""

    #: By the cell's UUID, in Nova's order of cells.
    values: dict[str, T] = dataclasses.field(default_factory=dict)
    #: nova.objects.CellMapping of each cell that gave none.
    down: list[Any] = dataclasses.field(default_factory=list)
    #: Why the first of them gave none.
    error: Exception | None = None


@dataclasses.dataclass
class _Cell:
    """What is known of one cell's database."""

    #: Questions that it has not answered though their time is up.
    overdue: set[concurrent.futures.Future[Any]] = dataclasses.field(default_factory=set)
    #: When one more may be asked, by the monotonic clock; None: at any time, for it answers.
    retry_at: float | None = None


class Cells:
    """Every cell that has compute hosts. Requests share it, but no question and no answer."""

    def __init__(self, timeout: float) -> None:
        """Prepare to ask.

        :param timeout: seconds that anybody waits for a cell
        """
        self._timeout = timeout
        self._lock = threading.Lock()
        self._known: dict[str, _Cell] = {}

    def ask(
            self, context: Any, question: Callable[[Any], T],
            only: str | None = None) -> Answers[T]:
        """Ask every cell the same, at the same time.

        :param context: nova.context.RequestContext
        :param question: takes a context targeted at a cell; runs in a thread
        :param only: the UUID of the cell to ask, instead of all
        """
        nova_context.load_cells()
        deadline = time.monotonic() + self._timeout
        asked = [(cell, self._start(context, cell, question)) for cell in nova_context.CELLS
                 if not cell.is_cell0() and only in (None, cell.uuid)]
        answers: Answers[T] = Answers()
        for cell, future in asked:
            try:
                answers.values[cell.uuid] = self._result(cell.uuid, future, deadline)
            except Exception as error:
                LOG.warning('No answer from cell %s (%s): %s: %s', cell.name, cell.uuid,
                            type(error).__name__, error)
                answers.down.append(cell)
                answers.error = answers.error or error
        return answers

    def _start(
            self, context: Any, cell: Any,
            question: Callable[[Any], T]) -> concurrent.futures.Future[T] | None:
        """Ask one cell, unless it is known not to answer: then there is nothing to wait for."""
        if not self._may_ask(cell.uuid):
            return None

        def ask_here() -> T:
            with nova_context.target_cell(context, cell) as targeted:
                return question(targeted)

        future = background.start(f'cell-{cell.uuid}', ask_here)
        future.add_done_callback(
            functools.partial(self._note_answer, cell.uuid, time.monotonic()))
        return future

    def _result(
            self, uuid: str, future: concurrent.futures.Future[T] | None, deadline: float) -> T:
        """The answer of one cell.

        :raises TimeoutError: there is none in time
        :raises Exception: what went wrong in the cell
        """
        if future is None:
            raise TimeoutError('an earlier question to its database is still not answered')
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError as error:
            if future.done():  # it has just come, or is an error of this type
                return future.result()
            self._note_overdue(uuid, future)
            raise TimeoutError(
                f'no answer from its database within {self._timeout:g} s') from error

    def _may_ask(self, uuid: str) -> bool:
        """Whether to ask a cell; of one that does not answer that is true now and then."""
        now = time.monotonic()
        with self._lock:
            cell = self._known.setdefault(uuid, _Cell())
            if len(cell.overdue) >= MAX_OVERDUE:
                return False
            if cell.retry_at is None:
                return True
            if now < cell.retry_at:
                return False
            cell.retry_at = now + RETRY_INTERVAL
            return True

    def _note_overdue(self, uuid: str, future: concurrent.futures.Future[Any]) -> None:
        """Remember that the time of a question is up."""
        with self._lock:
            if not future.done():
                cell = self._known[uuid]
                cell.overdue.add(future)
                cell.retry_at = time.monotonic() + RETRY_INTERVAL

    def _note_answer(
            self, uuid: str, began: float, future: concurrent.futures.Future[Any]) -> None:
        """Remember that a question to a cell has ended, in time or not.

        :param began: monotonic time at which it was asked
        """
        now = time.monotonic()
        is_answered = future.exception() is None or now - began < self._timeout / 2
        with self._lock:
            cell = self._known[uuid]
            cell.overdue.discard(future)
            cell.retry_at = None if is_answered else now + RETRY_INTERVAL
