# SPDX-License-Identifier: Apache-2.0
"""How Tempest's runs are counted."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import pytest

from sandbox import tempest as sandbox_tempest
from tests import tempest
from tests.report import FAILED, PASSED, SKIPPED, Count, Report, Result

CLASS = 'nova_ext.tempest_plugin.tests.api.test_it.ItTest'
GOOD, BAD = f'{CLASS}.test_good[id-1,smoke]', f'{CLASS}.test_bad[id-2]'
SETUP = f'setUpClass ({CLASS})'

Runs = list[Report]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """What one run of Tempest after the other reports; the selections are left in ``asked``."""
    found: Runs = []

    def run(selection: Sequence[str]) -> Report:
        asked.append(selection)
        return found.pop(0)

    monkeypatch.setattr(tempest, '_run', run)
    asked.clear()
    return found


asked: list[Sequence[str]] = []


def test_all_well(runs: Runs) -> None:
    runs.append({GOOD: Result(PASSED)})
    assert tempest.everything_passes(['x']) == Count(passed=1)
    assert asked == [['x']]


def test_what_is_skipped_has_failed(runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs.append({GOOD: Result(PASSED), BAD: Result(SKIPPED, 'one host')})
    assert tempest.everything_passes([]) == Count(passed=1, failed=1)
    assert 'one host' in capsys.readouterr().out


@pytest.mark.parametrize('failed', [BAD, SETUP])
def test_a_class_is_tried_once_more(failed: str, runs: Runs) -> None:
    runs += [{failed: Result(FAILED, 'why')}, {GOOD: Result(PASSED)}]
    if failed == BAD:
        runs[1][BAD] = Result(PASSED)  # type: ignore[index]
    assert tempest.everything_passes([]) == Count(passed=2, unsteady={failed: 'why'})
    assert asked[1] == ['--regex', r'^(nova_ext\.tempest_plugin\.tests\.api\.test_it\.ItTest\.)']


@pytest.mark.parametrize('second', [
    {BAD: Result(FAILED, 'again')}, {SETUP: Result(FAILED, 'again')},
    {BAD: Result(SKIPPED, 'gone')}, {'tempest': Result(FAILED, 'Tempest ran no test')}])
def test_what_does_not_pass_then_has_failed(second: Report, runs: Runs) -> None:
    runs += [{GOOD: Result(PASSED), BAD: Result(FAILED, 'why')}, second]
    count = tempest.everything_passes([])
    assert count.failed >= 1
    assert count.unsteady == {}


def test_more_failures_than_a_few_are_not_tried_again(runs: Runs) -> None:
    runs.append({f'a.b.Test{number}.test_it': Result(FAILED, 'why') for number in range(3)})
    assert tempest.everything_passes([]) == Count(failed=3)
    assert len(asked) == 1


@pytest.mark.parametrize(('found', 'expected'), [
    ({SETUP: Result(SKIPPED, 'x: This cloud has no nova-ext: ...')}, Count(passed=1)),
    ({SETUP: Result(SKIPPED, 'one host')}, Count(failed=1)),
    ({SETUP: Result(SKIPPED, 'This cloud has no nova-ext'), GOOD: Result(PASSED)},
     Count(failed=1)),
    ({BAD: Result(FAILED, 'This cloud has no nova-ext')}, Count(failed=1)),
])
def test_on_a_stock_cloud(found: Report, expected: Count, runs: Runs) -> None:
    runs.append(found)
    assert tempest.is_skipped_for_want_of_the_plugin([]) == expected


@pytest.mark.parametrize(('ended', 'outcomes'), [
    ([], [FAILED]), (['success', 'skip', 'fail'], [PASSED, SKIPPED, FAILED]),
    (['inprogress', 'exists'], [FAILED])])
def test_what_a_run_has_shown(
        ended: list[str], outcomes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_tempest, 'forget', lambda: None)
    monkeypatch.setattr(subprocess, 'run', lambda *_, **__: None)
    monkeypatch.setattr(sandbox_tempest, 'results', lambda: [
        {'id': str(number), 'status': status, 'reason': ''}
        for number, status in enumerate(ended)])
    assert [test.outcome for test in tempest._run([]).values()] == outcomes


def test_the_last_line_of_a_traceback_is_the_reason() -> None:
    assert tempest._reason('Traceback:\n  File\nValueError: it\n') == 'ValueError: it'
    assert tempest._reason('') == ''
