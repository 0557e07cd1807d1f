# SPDX-License-Identifier: Apache-2.0
"""Ways that are measured in turn."""

from __future__ import annotations

import functools
import time

from bench import rounds
from tests.unit import base


class TestRounds(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.taken: list[str] = []
        self.seconds = 0.0
        self.patch(time, 'perf_counter', lambda: self.seconds)

    def way(self, name: str, seconds: float) -> None:
        """Take some seconds."""
        self.taken.append(name)
        self.seconds += seconds

    def compare(self, count: int, repeat: int = 1) -> dict[str, list[float]]:
        """Compare two ways, of which one takes twice as long as the other."""
        return rounds.compare({
            'slow': functools.partial(self.way, 'slow', 0.5),
            'fast': functools.partial(self.way, 'fast', 0.25)},
            count, repeat=repeat, before=functools.partial(self.way, 'before', 7))

    def test_each_way_has_its_own_time_in_each_round(self) -> None:
        taken = self.compare(3)
        self.assertEqual({'slow': [500] * 3, 'fast': [250] * 3}, taken)
        self.assertEqual({'slow': 500, 'fast': 250}, rounds.medians(taken))

    def test_time_is_that_of_one_time(self) -> None:
        self.assertEqual({'slow': [500], 'fast': [250]}, self.compare(1, repeat=4))
        self.assertEqual(8, self.taken.count('before'))

    def test_order_changes_between_rounds(self) -> None:
        self.compare(20)
        first = {tuple(self.taken[number + 1:number + 4:2]) for number in range(0, 80, 4)}
        self.assertEqual({('slow', 'fast'), ('fast', 'slow')}, first)
