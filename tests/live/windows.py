# SPDX-License-Identifier: Apache-2.0
"""The windows over which nova-compute's sampler may have averaged."""

from __future__ import annotations

from collections.abc import Sequence

#: Seconds: two intervals of the sampler, so that a constant load of this length fills its window.
TWO_INTERVALS = 22

#: Seconds: the shortest window of the sampler.
SHORTEST_WINDOW = 0.5


def rates(samples: Sequence[tuple[float, float]], requested: float, answered: float,
          ) -> tuple[float, float]:
    """The lowest and the highest rate of a counter, over all windows that the sampler may use.

    A window begins at one of the sampler's samples, whose time is not known here, and ends while
    the request is answered. On a busy machine the rates of the windows differ.

    :param samples: time and value of the counter
    :param requested: when the request was sent
    :param answered: when the response was received
    """
    found = [(end - begin) / (last - first)
             for last, end in samples if requested - 1 <= last <= answered + 1
             for first, begin in samples if SHORTEST_WINDOW <= last - first <= TWO_INTERVALS]
    return min(found), max(found)
