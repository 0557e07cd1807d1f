# SPDX-License-Identifier: Apache-2.0
"""Results of Nova's tests with and without nova-ext, side by side."""

from __future__ import annotations

import collections
import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence

from tools.nova_tests.differences import Difference
from tools.testing.reports import FAILED, Count, Report, Result


@dataclasses.dataclass
class Comparison:
    """What nova-ext makes of the results."""

    #: The tests that end as without it.
    same: list[str] = dataclasses.field(default_factory=list)
    #: The tests that end otherwise, as is listed, and why.
    listed: dict[str, str] = dataclasses.field(default_factory=dict)
    #: The tests that end otherwise for no reason that is listed, and how.
    unexpected: dict[str, str] = dataclasses.field(default_factory=dict)
    #: The tests of which a difference is listed that there is not, and how they end.
    outdated: dict[str, str] = dataclasses.field(default_factory=dict)

    def count(self) -> Count:
        """Return the tests that end as they should, and the others."""
        wrong = {**self.unexpected, **self.outdated}
        return Count(len(self.same) + len(self.listed), len(wrong),
                     failures=[f'{test}: {how}' for test, how in wrong.items()])

    def lines(self) -> Iterator[str]:
        """Tell what is to be looked at, and what differs for which reason."""
        for test, how in self.unexpected.items():
            yield f'ends otherwise with nova-ext: {test}: {how}'
        for test, how in self.outdated.items():
            yield f'does not differ, and is listed in differences.py: {test}: {how}'
        reasons = collections.Counter(self.listed.values())
        yield f'{len(self.same)} tests end as without nova-ext, {len(self.listed)} otherwise:'
        for reason, number in reasons.most_common():
            yield f'  {number:3} {reason}'


def compare(without: Report, with_plugin: Report, differences: Sequence[Difference],
            chosen: Callable[[str], bool] = lambda _: True) -> Comparison:
    """Compare the results of the same tests.

    :param differences: that are to be seen
    :param chosen: whether the test with an id was to be run
    """
    found = Comparison()
    listed = {test: difference for difference in differences for test in difference.tests
              if chosen(test)}
    for test in sorted({*without, *with_plugin, *listed}):
        before, after = without.get(test), with_plugin.get(test)
        expected = listed.get(test)
        if before is None and after is None:
            found.outdated[test] = 'Nova has no such test'
        elif before is not None and after is not None and before.outcome == after.outcome:
            if expected is None:
                found.same.append(test)
            else:
                found.outdated[test] = after.outcome
        elif expected is not None and after is not None and _is_as_expected(after, expected):
            found.listed[test] = expected.reason
        else:
            found.unexpected[test] = _describe(before, after)
    return found


def _is_as_expected(result: Result, difference: Difference) -> bool:
    return (result.outcome == FAILED
            and re.search(difference.error, result.reason) is not None)


def _describe(before: Result | None, after: Result | None) -> str:
    """Say how a test ended without and with nova-ext."""
    first = 'not run' if before is None else before.outcome
    second = 'not run' if after is None else f'{after.outcome}: {after.reason}'
    return f'{first} without, {second}'
