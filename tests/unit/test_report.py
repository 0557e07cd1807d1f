# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib

import pytest

from tests import report
from tests.report import FAILED, PASSED, SKIPPED, Count, Result

MODULE = 'tests/unit/test_report.py'
OTHERS = [f'tests/unit/test_{name}.py' for name in ('policy', 'threads')]

XML = '''<testsuites><testsuite name="pytest">
<testcase classname="tests.unit.test_report" name="test_well[a.b]"/>
<testcase classname="tests.unit.test_report.TestThis" name="test_inside"/>
<testcase classname="tests.unit.test_report" name="test_badly">
  <failure message="AssertionError: 1 is not 2&#10;at length">traceback</failure></testcase>
<testcase classname="tests.unit.test_report" name="test_badly_cleared_up"/>
<testcase classname="tests.unit.test_report" name="test_badly_cleared_up">
  <error message="failed on teardown">traceback</error></testcase>
<testcase classname="tests.unit.test_report" name="test_not_here">
  <skipped message="NO CLOUD IS UP">where</skipped></testcase>
<testcase classname="" name="tests.unit.test_that_is_not_there">
  <error message="collection failure">traceback</error></testcase>
</testsuite></testsuites>'''


@pytest.fixture
def found(tmp_path: pathlib.Path) -> report.Report:
    path = tmp_path / 'report.xml'
    path.write_text(XML)
    return report.read(path)


def test_a_report_is_read(found: report.Report) -> None:
    assert found == {
        f'{MODULE}::test_well[a.b]': Result(PASSED),
        f'{MODULE}::TestThis::test_inside': Result(PASSED),
        f'{MODULE}::test_badly': Result(FAILED, 'AssertionError: 1 is not 2'),
        f'{MODULE}::test_badly_cleared_up': Result(FAILED, 'failed on teardown'),
        f'{MODULE}::test_not_here': Result(SKIPPED, 'NO CLOUD IS UP'),
        'tests.unit.test_that_is_not_there': Result(FAILED, 'collection failure'),
    }
    assert str(report.count(found)) == '2 passed, 3 failed, 1 skipped'


def failed(*modules: str) -> report.Report:
    """A report of some modules, in each of which one test has failed and one has not."""
    return {f'{module}::test_{outcome}': Result(outcome, 'why' if outcome == FAILED else '')
            for module in modules for outcome in (PASSED, FAILED)}


def test_modules_with_failures_are_tried_again_unless_there_are_many() -> None:
    assert report.modules_to_try_again({}) == []
    assert report.modules_to_try_again({f'{MODULE}::test_it': Result(PASSED)}) == []
    assert report.modules_to_try_again(failed(MODULE)) == [MODULE]
    assert report.modules_to_try_again(failed(*OTHERS)) == OTHERS
    assert report.modules_to_try_again(failed(MODULE, *OTHERS)) == []


def test_what_is_no_module_is_not_tried_again(found: report.Report) -> None:
    assert report.modules_to_try_again(found) == []
    assert report.modules_to_try_again({'live': Result(FAILED, 'without a report')}) == []


def test_what_passes_at_the_second_attempt_counts_as_passed_and_is_named() -> None:
    again = {f'{MODULE}::test_{outcome}': Result(PASSED) for outcome in (PASSED, FAILED)}
    count = report.count(failed(MODULE, *OTHERS), [again])
    assert count == Count(4, 2, 0, {f'{MODULE}::test_failed': 'why'})
    assert count.closing().splitlines() == [
        report.HEADING, f'  {MODULE}::test_failed', '      why', '',
        '4 passed, 2 failed, 0 skipped']


@pytest.mark.parametrize('again', [
    {}, {f'{MODULE}::test_failed': Result(FAILED, 'again')},
    {f'{MODULE}::test_failed': Result(SKIPPED, 'nothing to test it with')},
    {'live-again-1': Result(FAILED, 'pytest ended without a report')}])
def test_what_has_failed_and_does_not_pass_then_has_failed(again: report.Report) -> None:
    count = report.count(failed(MODULE), [again])
    assert count.failed >= 1
    assert (count.passed, count.skipped, count.unsteady) == (1, 0, {})


def test_what_fails_only_at_the_second_attempt_has_failed() -> None:
    assert report.count(failed(MODULE), [{
        f'{MODULE}::test_passed': Result(FAILED, 'now'),
        f'{MODULE}::test_failed': Result(PASSED)}]).failed == 1


def test_counts_of_stages_are_added() -> None:
    total = Count(1, 2, 3, {'one': 'why'})
    total.add(Count(10, 20, 30, {'other': 'because'}))
    assert total == Count(11, 22, 33, {'one': 'why', 'other': 'because'})
    assert Count(1, 0, 0).closing() == '1 passed, 0 failed, 0 skipped'


def test_the_count_of_a_run_is_in_its_last_line() -> None:
    count = Count(5, 1, 2, {'one': 'why'})
    assert report.closing_line(f'=== lint\n{count.closing()}\n') == Count(5, 1, 2)
    assert report.closing_line('1 passed, 0 failed, 0 skipped\nTraceback') is None
    assert report.closing_line('') is None
