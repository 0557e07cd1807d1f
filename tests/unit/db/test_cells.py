# SPDX-License-Identifier: Apache-2.0
"""Answers of cells that are healthy, broken or silent."""

from __future__ import annotations

import logging
import threading
import time

from nova_ext.db import cells
from tests.unit.db import base


class TestAnswers(base.CellsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cells = cells.Cells(5)

    def test_all_cells_but_cell0_answer_in_order_of_nova(self) -> None:
        def answer(context: str) -> str:
            if context.endswith('cell1'):
                time.sleep(0.05)
            return context

        answers = self.cells.ask('admin', answer)
        self.assertEqual(
            [('uuid-of-cell1', 'admin at cell1'), ('uuid-of-cell2', 'admin at cell2')],
            list(answers.values.items()))
        self.assert_down([], answers)
        self.assertIsNone(answers.error)

    def test_cells_are_asked_in_parallel(self) -> None:
        barrier = threading.Barrier(2)
        answers = self.cells.ask('admin', lambda context: barrier.wait(4))
        self.assertEqual(2, len(answers.values))

    def test_failed_cell_is_logged_with_its_error(self) -> None:
        def fail_in_cell1(context: str) -> str:
            if context.endswith('cell1'):
                raise ValueError('no such table')
            return context

        answers = self.cells.ask('admin', fail_in_cell1)
        self.assertEqual(['uuid-of-cell2'], list(answers.values))
        self.assert_down(['cell1'], answers)
        self.assertIsInstance(answers.error, ValueError)
        self.assertEqual(
            ['No answer from cell cell1 (uuid-of-cell1): ValueError: no such table'],
            self.logs.messages(logging.WARNING, cells.__name__))

    def test_error_is_that_of_the_first_failed_cell(self) -> None:
        def fail(context: str) -> str:
            if context.endswith('cell1'):
                time.sleep(0.05)
            raise ValueError(context)

        answers = self.cells.ask('admin', fail)
        self.assert_down(['cell1', 'cell2'], answers)
        self.assertEqual('admin at cell1', str(answers.error))

    def test_cell_that_raises_timeout_error_is_not_overdue(self) -> None:
        asked = []

        def fail(context: str) -> None:
            asked.append(context)
            raise TimeoutError('of the driver')

        for _ in range(2):
            answers = self.cells.ask('admin', fail)
            self.assert_down(['cell1', 'cell2'], answers)
            self.assertEqual('of the driver', str(answers.error))
        self.assertEqual(4, len(asked))

    def test_exit_of_the_process_is_not_prevented(self) -> None:
        def leave(context: str) -> None:
            raise SystemExit(1)

        with self.assert_raises(SystemExit):
            self.cells.ask('admin', leave)

    def test_cells_are_asked_in_daemon_threads(self) -> None:
        answers = self.cells.ask('admin', lambda context: threading.current_thread().daemon)
        self.assertEqual([True, True], list(answers.values.values()))
