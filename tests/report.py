# SPDX-License-Identifier: Apache-2.0
"""What pytest has reported, counted, and what a second attempt makes of it."""

from __future__ import annotations

import collections
import dataclasses
import pathlib
import re
import xml.etree.ElementTree
from collections.abc import Iterable, Mapping

from sandbox import settings

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'

#: More modules with failures than that are a real problem, which a second attempt would hide.
MOST_AGAIN = 2

HEADING = 'UNSTEADY: passed only at the second attempt'

#: The tests of a report by ``path::name``.
Report = Mapping[str, 'Result']


@dataclasses.dataclass(frozen=True)
class Result:
    """How a test ended."""

    outcome: str
    #: Why it failed or was skipped, in a line.
    reason: str = ''


@dataclasses.dataclass
class Count:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: What passed only at the second attempt: the tests, and why they had failed.
    unsteady: dict[str, str] = dataclasses.field(default_factory=dict)

    def add(self, other: Count) -> None:
        """Add the count of another stage."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.unsteady.update(other.unsteady)

    def __str__(self) -> str:
        """The closing line that CI reads."""
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped'

    def closing(self) -> str:
        """The closing line, behind all that was unsteady."""
        lines = [f'  {test}\n      {reason}' for test, reason in self.unsteady.items()]
        return '\n'.join([*([HEADING, *lines, ''] if lines else []), str(self)])


def closing_line(text: str) -> Count | None:
    """The count in the last line of a run's output; None when the run did not get there."""
    last = text.rstrip().rpartition('\n')[2]
    found = re.fullmatch(r'(\d+) passed, (\d+) failed, (\d+) skipped', last)
    if found is None:
        return None
    passed, failed, skipped = map(int, found.groups())
    return Count(passed, failed, skipped)


def read(path: pathlib.Path) -> Report:
    """The tests of a report in JUnit's format.

    A test has several entries when it failed and what it used could not be cleared up either.
    """
    found: dict[str, Result] = {}
    for case in xml.etree.ElementTree.parse(path).getroot().iter('testcase'):
        name = _name(case.get('classname', ''), case.get('name', ''))
        entry = _result(case)
        if name not in found or entry.outcome == FAILED != found[name].outcome:
            found[name] = entry
    return found


def modules_to_try_again(report: Report) -> list[str]:
    """The modules with failures in them; none when there are too many."""
    failed = {name: None for name, test in report.items() if test.outcome == FAILED}
    modules = list(dict.fromkeys(name.partition('::')[0] for name in failed))
    by_themselves = all((settings.CHECKOUT / module).is_file() for module in modules)
    return modules if by_themselves and len(modules) <= MOST_AGAIN else []


def count(first: Report, seconds: Iterable[Report] = ()) -> Count:
    """Count the tests.

    :param first: of all of them
    :param seconds: of modules that were run once more: what they say counts, but a test that had
        failed has to have passed there
    """
    final = dict(first)
    unsteady = {}
    for second in seconds:
        for name, test in second.items():
            before = first.get(name, test)
            if before.outcome == FAILED and test.outcome == PASSED:
                unsteady[name] = before.reason
            if before.outcome != FAILED or test.outcome == PASSED:
                final[name] = test
    outcomes = collections.Counter(test.outcome for test in final.values())
    return Count(outcomes[PASSED], outcomes[FAILED], outcomes[SKIPPED], unsteady)


def _result(case: xml.etree.ElementTree.Element) -> Result:
    """What an entry says."""
    for tag, outcome in (('failure', FAILED), ('error', FAILED), ('skipped', SKIPPED)):
        element = case.find(tag)
        if element is not None:
            text = element.get('message') or element.text or 'no reason given'
            return Result(outcome, text.strip().partition('\n')[0][:300])
    return Result(PASSED)


def _name(classname: str, name: str) -> str:
    """``path::name`` of a test; of a module that could not be collected its dotted name."""
    words = classname.split('.')
    for number in range(len(words), 0, -1):
        path = '/'.join(words[:number]) + '.py'
        if (settings.CHECKOUT / path).is_file():
            return '::'.join([path, *words[number:], name])
    return name
