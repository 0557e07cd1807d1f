# SPDX-License-Identifier: Apache-2.0
"""Cells whose database does not answer in time."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import Any

from nova_ext.concurrency import background
from nova_ext.db import cells
from tests.fixtures import clock, threads
from tests.unit.db import base


class Overdue(concurrent.futures.Future[Any]):
    """An answer that never comes; waiting for it takes a clock's time only."""

    def __init__(self, time_passing: clock.Clock) -> None:
        super().__init__()
        self._time = time_passing

    def result(self, timeout: float | None = None) -> Any:
        self._time.sleep(timeout or 0)
        raise concurrent.futures.TimeoutError


class TestHangingCell(base.CellsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def hang(self, context: str) -> None:
        """Do not answer before the test says so."""
        self.over.wait(20)

    def wait_for_cell2(self) -> None:
        """Have questions wait until cell2 has answered, and cell1 unless it hangs."""
        start = background.start

        def start_and_wait(
                name: str, function: Callable[[], Any]) -> concurrent.futures.Future[Any]:
            future = start(name, function)
            if self.over.is_set() or not name.endswith('cell1'):
                concurrent.futures.wait([future], 5)
            return future

        self.patch(background, 'start', start_and_wait)

    def test_hanging_cell_is_waited_for_once_until_it_answers(self) -> None:
        self.wait_for_cell2()
        asked: list[str] = []

        def hang_in_cell1(context: str) -> str:
            asked.append(context)
            if context.endswith('cell1'):
                self.over.wait(20)
            return context

        known = cells.Cells(0.1)
        began = time.monotonic()
        answers = known.ask('admin', hang_in_cell1)
        self.assertGreaterEqual(time.monotonic() - began, 0.1)
        self.assert_down(['cell1'], answers)
        self.assertEqual(['uuid-of-cell2'], list(answers.values))
        self.assertIn('within 0.1 s', str(answers.error))

        began = time.monotonic()
        for _ in range(10):
            answers = known.ask('admin', hang_in_cell1)
            self.assert_down(['cell1'], answers)
            self.assertIn('an earlier question', str(answers.error))
        self.assertLess(time.monotonic() - began, 0.5)
        self.assertEqual(
            (1, 11), (asked.count('admin at cell1'), asked.count('admin at cell2')))

        self.over.set()
        self.assert_eventually(lambda: not known.ask('admin', hang_in_cell1).down)
        values = known.ask('admin', hang_in_cell1).values
        self.assertEqual('admin at cell1', values['uuid-of-cell1'])

    def test_timeout_is_for_all_cells_together(self) -> None:
        time_passing = self.useFixture(clock.Clock(cells))
        self.patch(background, 'start', lambda name, function: Overdue(time_passing))
        answers = cells.Cells(0.6).ask('admin', self.hang)
        self.assert_down(['cell1', 'cell2'], answers)
        self.assertAlmostEqual(0.6, sum(time_passing.naps))
        self.assertTrue(all(nap >= 0 for nap in time_passing.naps))

    def test_cell_that_no_thread_can_ask_is_down(self) -> None:
        self.useFixture(threads.NoThreads(['cell-uuid-of-cell1']))
        answers = cells.Cells(5).ask('admin', lambda context: context)
        self.assert_down(['cell1'], answers)
        self.assertEqual(['uuid-of-cell2'], list(answers.values))

    def test_hanging_cell_delays_no_other_kind_of_question(self) -> None:
        cells.Cells(0.01).ask('admin', self.hang)
        answers = cells.Cells(5).ask('admin', lambda context: context)
        self.assertEqual(2, len(answers.values))
