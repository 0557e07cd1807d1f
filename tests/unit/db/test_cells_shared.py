# SPDX-License-Identifier: Apache-2.0
"""What one question to a cell that does not answer means for other questions."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import Any

from nova_ext.concurrency import background
from nova_ext.db import cells
from tests.unit.db import base


class TestSharedCells(base.CellsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.over = threading.Event()
        self.addCleanup(self.over.set)
        self.cells = cells.Cells(0.05)
        #: The contexts of questions that were not answered at once.
        self.hung: list[str] = []
        self.start = background.start
        self.patch(background, 'start', self.start_and_wait)

    def start_and_wait(
            self, name: str, function: Callable[[], Any]) -> concurrent.futures.Future[Any]:
        """Start a thread and wait until it hangs or ends, however busy the machine is."""
        before = len(self.hung)
        future = self.start(name, function)
        while not future.done() and len(self.hung) == before:
            time.sleep(0.002)
        return future

    def hang_in_cell1(self, context: str) -> str:
        """Answer for cell1 when the test is over."""
        return self.wait_in_cell1(context, self.over)

    def wait_in_cell1(self, context: str, event: threading.Event) -> str:
        """Answer for cell1 when the event has come."""
        if context.endswith('cell1'):
            self.hung.append(context)
            event.wait(20)
        return context

    def set_retry_interval(self, seconds: float) -> None:
        self.patch(cells, 'RETRY_INTERVAL', seconds)

    def end_interval(self) -> None:
        """Let the time pass after which the cell may be asked once more."""
        self.cells._known['uuid-of-cell1'].retry_at = 0

    def test_answer_to_another_question_is_never_returned(self) -> None:
        """Two questions to a cell become overdue in turn, while a third is being asked."""
        answer_first = threading.Event()

        def ask_first(context: str) -> str:
            self.wait_in_cell1(context, answer_first)
            return 'to the first'

        def ask_second(context: str) -> str:
            self.hang_in_cell1(context)
            return 'to the second'

        self.patch(self.cells, '_timeout', 0.4)
        second = self.start('test', lambda: self.cells.ask('admin', ask_second))
        self.assert_eventually(lambda: self.hung)
        self.patch(self.cells, '_timeout', 0.05)
        self.assert_down(['cell1'], self.cells.ask('admin', ask_first))

        def start_after_both(
                name: str, function: Callable[[], Any]) -> concurrent.futures.Future[Any]:
            self.assert_down(['cell1'], second.result(5))
            answer_first.set()
            return self.start_and_wait(name, function)

        self.patch(background, 'start', start_after_both)
        self.patch(self.cells, '_timeout', 5)
        answers = self.cells.ask('admin', lambda context: 'to the third')
        self.assertEqual({'to the third'}, set(answers.values.values()))
        self.assert_down(['cell1'], answers)

    def test_lost_question_does_not_keep_the_cell_from_being_asked(self) -> None:
        self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.assert_down(['cell1'], self.cells.ask('admin', lambda context: context))
        self.end_interval()
        for _ in range(3):
            answers = self.cells.ask('admin', lambda context: context)
            self.assert_down([], answers)
            self.assertEqual(2, len(answers.values))

    def test_cell_is_asked_once_in_the_interval(self) -> None:
        self.set_retry_interval(3600)
        self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.end_interval()
        for _ in range(5):
            self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.assertEqual(2, len(self.hung))

    def test_number_of_unanswered_questions_is_limited(self) -> None:
        self.set_retry_interval(0)
        for _ in range(cells.MAX_OVERDUE + 5):
            self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.assertEqual(cells.MAX_OVERDUE, len(self.hung))

    def test_error_counts_as_an_answer(self) -> None:
        def fail(context: str) -> None:
            raise ValueError('connection refused')

        self.set_retry_interval(0)
        self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        for _ in range(2):
            self.assertEqual('connection refused', str(self.cells.ask('admin', fail).error))
            self.set_retry_interval(3600)

    def test_error_that_took_long_is_no_answer(self) -> None:
        """A connection to a host that drops packets fails when everybody has stopped waiting."""
        failed = threading.Event()

        def fail_late(context: str) -> str:
            self.wait_in_cell1(context, failed)
            if context.endswith('cell1'):
                raise ConnectionError('timed out')
            return context

        self.set_retry_interval(3600)
        self.assert_down(['cell1'], self.cells.ask('admin', fail_late))
        failed.set()
        self.assert_eventually(lambda: not self.cells._known['uuid-of-cell1'].overdue)
        for _ in range(3):
            self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.assertEqual(1, len(self.hung))

    def test_question_to_one_cell_says_nothing_of_the_others(self) -> None:
        self.set_retry_interval(3600)
        self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        answers = self.cells.ask('admin', lambda context: context, only='uuid-of-cell2')
        self.assertEqual({'uuid-of-cell2': 'admin at cell2'}, answers.values)
        self.assert_down([], answers)
        self.assert_down(['cell1'], self.cells.ask('admin', self.hang_in_cell1))
        self.assertEqual(1, len(self.hung))
