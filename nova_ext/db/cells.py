# SPDX-License-Identifier: Apache-2.0
"""Asking the databases of all cells at once, without waiting for a broken one for long.

Nova's scatter_gather_cells would do, were it not for its bounds: it waits 60 seconds, and a few
requests to a cell that hangs use up the threads with which it asks the healthy ones.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from nova import context as nova_context
from oslo_log import log as logging

from nova_ext import threads

LOG = logging.getLogger(__name__)

T = TypeVar('T')


@dataclasses.dataclass
class Answers(Generic[T]):
    """What the cells answered."""

    #: By the cell's UUID, in Nova's order of cells.
    values: dict[str, T] = dataclasses.field(default_factory=dict)
    #: nova.objects.CellMapping of each cell that gave none.
    down: list[Any] = dataclasses.field(default_factory=list)
    #: Why the first of them gave none.
    error: Exception | None = None


class Cells:
    """Every cell that has compute hosts."""

    def __init__(self, timeout: float) -> None:
        """Prepare to ask.

        :param timeout: seconds that anybody waits for a cell
        """
        self._timeout = timeout
        self._overdue: dict[str, concurrent.futures.Future[Any]] = {}

    def ask(self, context: Any, question: Callable[[Any], T]) -> Answers[T]:
        """Ask every cell the same, at the same time.

        While a cell owes an answer whose time is up, nobody waits for it again.

        :param context: nova.context.RequestContext
        :param question: takes a context targeted at a cell; runs in a thread
        """
        nova_context.load_cells()
        deadline = time.monotonic() + self._timeout
        asked = [(cell, self._start(context, cell, question))
                 for cell in nova_context.CELLS if not cell.is_cell0()]
        answers: Answers[T] = Answers()
        for cell, future in asked:
            try:
                answers.values[cell.uuid] = self._result(cell, future, deadline)
            except Exception as error:
                LOG.warning('Answering without cell %s (%s): %s: %s', cell.name, cell.uuid,
                            type(error).__name__, error)
                answers.down.append(cell)
                answers.error = answers.error or error
        return answers

    def _start(
            self, context: Any, cell: Any,
            question: Callable[[Any], T]) -> concurrent.futures.Future[T]:
        """Ask one cell, unless it still owes an answer: then that one is returned."""
        overdue = self._overdue.get(cell.uuid)
        if overdue is not None and not overdue.done():
            return overdue
        def ask_here() -> T:
            with nova_context.target_cell(context, cell) as targeted:
                return question(targeted)

        return threads.start(f'cell-{cell.uuid}', ask_here)

    def _result(
            self, cell: Any, future: concurrent.futures.Future[T], deadline: float) -> T:
        """The answer of one cell.

        :raises TimeoutError: there is none in time
        :raises Exception: what went wrong in the cell
        """
        if future is self._overdue.get(cell.uuid):
            raise TimeoutError('an earlier question to its database is still not answered')
        try:
            return future.result(max(0.0, deadline - time.monotonic()))
        except concurrent.futures.TimeoutError as error:
            if future.done():
                raise
            self._overdue[cell.uuid] = future
            raise TimeoutError(
                f'no answer from its database within {self._timeout:g} s') from error
