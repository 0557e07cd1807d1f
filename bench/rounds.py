# SPDX-License-Identifier: Apache-2.0
"""Ways to the same answer, taken in turn, so that whatever else the machine does falls on all."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping

Way = Callable[[], object]


def compare(ways: Mapping[str, Way], count: int, *, repeat: int = 1,
            before: Way = lambda: None) -> dict[str, list[float]]:
    """Take each way once in each round, the order being another in each.

    In a strict order one way might always pay for what another leaves behind.

    :param count: of rounds
    :param repeat: how often a way is taken before the next one has its turn
    :param before: what is done each time before a way is taken, and does not count
    :returns: milliseconds of each way by round, for one time
    """
    order = random.Random(count)  # noqa: S311
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(count):
        for name in order.sample(sorted(ways), len(ways)):
            taken[name].append(statistics.fmean(
                _measure(ways[name], before) for _ in range(repeat)))
    return taken


def medians(taken: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each way."""
    return {name: statistics.median(times) for name, times in taken.items()}


def _measure(way: Way, before: Way) -> float:
    before()
    began = time.perf_counter()
    way()
    return 1000 * (time.perf_counter() - began)
