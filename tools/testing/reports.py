# SPDX-License-Identifier: Apache-2.0
"""Results of tests as pytest and stestr report them, and how many there are of each."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import json
import pathlib
import re
import subprocess
import xml.etree.ElementTree
from collections.abc import Mapping
from typing import Any

from sandbox import settings

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'

#: The tests of a report by their ids: pytest's ``path::name``, or stestr's dotted name.
Report = Mapping[str, 'Result']

#: What a line about a failed test begins with, at the end of a run's output.
_FAILURE = 'failed: '

#: The line of a traceback that has the error.
_ERROR = re.compile(r'[A-Za-z_][\w.]*: ')

#: What hypothesis's notes of an error begin with.
_NOTE = 'Falsifying example: '

#: stestr's words for the end of a test; any other word is a failure.
_STESTR_OUTCOMES = {'success': PASSED, 'skip': SKIPPED, 'xfail': PASSED}


@dataclasses.dataclass(frozen=True)
class Result:
    """How a test ended."""

    outcome: str
    #: Why it failed or was skipped, in a line.
    reason: str = ''
    #: How long it took, with what was set up and cleaned up for it.
    seconds: float = 0.0


@dataclasses.dataclass
class Count:
    """How many tests ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: What failed and why, a line each, as far as it is known.
    failures: list[str] = dataclasses.field(default_factory=list, compare=False)

    def add(self, other: Count) -> None:
        """Add the count of another stage."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures

    def summary(self) -> str:
        """Return what failed, and the closing line: the end of a log says where to look."""
        return '\n'.join([*(_FAILURE + failure for failure in self.failures), str(self)])

    def __str__(self) -> str:
        """Return the closing line that CI reads."""
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped'


def parse_count(text: str) -> Count | None:
    """Return the count at the end of a run's output; None when the run did not get there."""
    *lines, last = text.rstrip().split('\n')
    found = re.fullmatch(r'(\d+) passed, (\d+) failed, (\d+) skipped', last)
    if found is None:
        return None
    failures = [line.removeprefix(_FAILURE) for line in lines if line.startswith(_FAILURE)]
    passed, failed, skipped = map(int, found.groups())
    return Count(passed, failed, skipped, failures)


def count(report: Report) -> Count:
    """Count the tests of a report."""
    outcomes = collections.Counter(test.outcome for test in report.values())
    failures = [f'{name}: {test.reason}' for name, test in report.items()
                if test.outcome == FAILED]
    return Count(outcomes[PASSED], outcomes[FAILED], outcomes[SKIPPED], failures)


def slowest(report: Report, number: int) -> list[str]:
    """Return a line for each of the tests that took longest."""
    tests = sorted(report.items(), key=lambda item: -item[1].seconds)[:number]
    return [f'{result.seconds:7.1f} s  {name}' for name, result in tests if result.seconds >= 1]


def read_junit(path: pathlib.Path) -> Report:
    """Read a report in JUnit's format.

    A test has several entries when it failed and what it used could not be cleaned up either.
    """
    found: dict[str, Result] = {}
    for case in xml.etree.ElementTree.parse(path).getroot().iter('testcase'):
        name = _junit_name(case.get('classname', ''), case.get('name', ''))
        result = _junit_result(case)
        if name not in found or result.outcome == FAILED != found[name].outcome:
            found[name] = result
    return found


def read_stestr(python: pathlib.Path, workspace: pathlib.Path) -> Report:
    """Read the last run in a stestr workspace; empty when there is none.

    :param python: of an environment that has stestr
    """
    if not (workspace / '.stestr').exists():
        return {}
    reader = pathlib.Path(settings.__file__).with_name('stestr_results.py')
    done = subprocess.run([str(python), str(reader), str(workspace)], capture_output=True,
                          text=True, check=True, timeout=300)
    return parse_stestr(json.loads(done.stdout))


def parse_stestr(tests: list[dict[str, Any]]) -> Report:
    """Turn what ``sandbox/stestr_results.py`` prints into a report."""
    return {
        test['id']: Result(
            _STESTR_OUTCOMES.get(test['status'], FAILED),
            _reason(test['reason']), test['seconds'])
        for test in tests if test['status'] != 'exists'}


def _reason(text: str) -> str:
    """Say in a line why a test failed: the last error, without the notes that may follow it.

    :param text: a traceback, or words
    """
    lines = text.strip().splitlines() or ['']
    errors = [number for number, line in enumerate(lines) if _ERROR.match(line)]
    said = itertools.takewhile(
        lambda line: line.strip() and not line.startswith(_NOTE), lines[errors[-1]:]
    ) if errors else lines[-1:]
    return ' '.join(' '.join(said).split())[:300]


def _junit_result(case: xml.etree.ElementTree.Element) -> Result:
    seconds = float(case.get('time', 0))
    for tag, outcome in (('failure', FAILED), ('error', FAILED), ('skipped', SKIPPED)):
        element = case.find(tag)
        if element is not None:
            text = element.get('message') or element.text or 'no reason given'
            return Result(outcome, text.strip().partition('\n')[0][:300], seconds)
    return Result(PASSED, seconds=seconds)


def _junit_name(classname: str, name: str) -> str:
    """Return ``path::name`` of a test; of a module that was not collected its dotted name."""
    words = classname.split('.')
    for number in range(len(words), 0, -1):
        path = '/'.join(words[:number]) + '.py'
        if (settings.CHECKOUT / path).is_file():
            return '::'.join([path, *words[number:], name])
    return name
