# SPDX-License-Identifier: Apache-2.0
"""Reports of pytest and stestr, and what is counted."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import textwrap

import ddt

from sandbox import venvs
from tests.unit import base
from tools.testing import commands, reports
from tools.testing.reports import FAILED, PASSED, SKIPPED, Count, Result

MODULE = 'tests/unit/tools/test_reports.py'
DOTTED = 'tests.unit.tools.test_reports'

JUNIT = f'''<testsuites><testsuite name="pytest">
<testcase classname="{DOTTED}" name="test_passing[a.b]" time="1.5"/>
<testcase classname="{DOTTED}.TestThis" name="test_inside"/>
<testcase classname="{DOTTED}" name="test_failing">
  <failure message="AssertionError: 1 is not 2&#10;at length">traceback</failure></testcase>
<testcase classname="{DOTTED}" name="test_failing_in_cleanup"/>
<testcase classname="{DOTTED}" name="test_failing_in_cleanup">
  <error message="failed on teardown">traceback</error></testcase>
<testcase classname="{DOTTED}" name="test_skipped">
  <skipped message="NO CLOUD IS UP">where</skipped></testcase>
<testcase classname="" name="tests.unit.test_that_does_not_exist">
  <error message="collection failure">traceback</error></testcase>
</testsuite></testsuites>'''


class TestJunit(base.TestCase):
    def test_report_has_outcome_reason_and_time_of_each_test(self) -> None:
        path = self.make_directory() / 'report.xml'
        path.write_text(JUNIT)
        report = reports.read_junit(path)
        self.assertEqual({
            f'{MODULE}::test_passing[a.b]': Result(PASSED, seconds=1.5),
            f'{MODULE}::TestThis::test_inside': Result(PASSED),
            f'{MODULE}::test_failing': Result(FAILED, 'AssertionError: 1 is not 2'),
            f'{MODULE}::test_failing_in_cleanup': Result(FAILED, 'failed on teardown'),
            f'{MODULE}::test_skipped': Result(SKIPPED, 'NO CLOUD IS UP'),
            'tests.unit.test_that_does_not_exist': Result(FAILED, 'collection failure'),
        }, report)
        self.assertEqual(Count(2, 3, 1), reports.count(report))
        self.assertEqual([
            f'failed: {MODULE}::test_failing: AssertionError: 1 is not 2',
            f'failed: {MODULE}::test_failing_in_cleanup: failed on teardown',
            'failed: tests.unit.test_that_does_not_exist: collection failure',
            '2 passed, 3 failed, 1 skipped'], reports.count(report).summary().splitlines())
        self.assertEqual([f'    1.5 s  {MODULE}::test_passing[a.b]'], reports.slowest(report, 9))


#: A suite of its own for stestr, with a test of each outcome.
SUITE = '''
    import unittest

    class Test(unittest.TestCase):
        def test_passing(self):
            pass

        def test_failing(self):
            self.assertEqual(1, 2)

        def test_failing_in_cleanup(self):
            self.addCleanup(int, "x")

        @unittest.skip("no reason")
        def test_skipped(self):
            pass

        @unittest.expectedFailure
        def test_failing_as_expected(self):
            self.fail()
'''


@ddt.ddt
class TestStestr(base.TestCase):
    def test_run_of_stestr_is_read_with_reasons(self) -> None:
        workspace = self.make_directory()
        (workspace / 'suite').mkdir()
        (workspace / 'suite/__init__.py').touch()
        (workspace / 'suite/test_it.py').write_text(textwrap.dedent(SUITE))
        (workspace / '.stestr.conf').write_text('[DEFAULT]\ntest_path=./suite\ntop_dir=./\n')
        python = pathlib.Path(sys.executable)
        subprocess.run([str(python), '-m', 'stestr', 'run', '--serial'], cwd=workspace,
                       capture_output=True, timeout=60, check=False)
        report = reports.read_stestr(python, workspace)
        outcomes = {name.rpartition('.')[2]: result.outcome for name, result in report.items()}
        self.assertEqual({
            'test_passing': PASSED, 'test_failing': FAILED, 'test_failing_in_cleanup': FAILED,
            'test_skipped': SKIPPED, 'test_failing_as_expected': PASSED}, outcomes)
        self.assertEqual('no reason', report['suite.test_it.Test.test_skipped'].reason)
        self.assertIn('1 != 2', report['suite.test_it.Test.test_failing'].reason)

    def test_workspace_without_a_run_has_an_empty_report(self) -> None:
        self.assertEqual(
            {}, reports.read_stestr(pathlib.Path('/no/python'), self.make_directory()))

    @ddt.data(
        ('success', PASSED), ('xfail', PASSED), ('skip', SKIPPED), ('fail', FAILED),
        ('uxsuccess', FAILED), ('inprogress', FAILED))
    @ddt.unpack
    def test_status_of_stestr_has_an_outcome(self, status: str, outcome: str) -> None:
        report = reports.parse_stestr([
            {'id': 'a', 'status': status, 'seconds': 2.0,
             'reason': 'Traceback:\n  File\nValueError: it\n'},
            {'id': 'b', 'status': 'exists', 'seconds': 0.0, 'reason': ''}])
        self.assertEqual({'a': Result(outcome, 'ValueError: it', 2.0)}, report)

    @ddt.data(
        ('Traceback:\n  File\nnova.exc.Mismatch: 1 != 2\nFalsifying example: test(\n    value=1,'
         "\n)\n\nYou can reproduce this test case by adding @reproduce_failure('6', b'A')",
         'nova.exc.Mismatch: 1 != 2'),
        ('Traceback:\n  File\nKeyError: 1\n\nThen:\nTraceback:\n  File\nValueError: it\n',
         'ValueError: it'),
        ('Traceback:\n  File\na.MismatchError: !=:\nreference = 1\nactual    = 2\n: the words\n',
         'a.MismatchError: !=: reference = 1 actual = 2 : the words'),
        ('no volumes', 'no volumes'), ('', ''))
    @ddt.unpack
    def test_reason_is_the_error_whatever_notes_follow(self, text: str, reason: str) -> None:
        report = reports.parse_stestr(
            [{'id': 'a', 'status': 'fail', 'seconds': 2.0, 'reason': text}])
        self.assertEqual(reason, report['a'].reason)


class TestCount(base.TestCase):
    def test_counts_of_stages_are_added(self) -> None:
        total = Count(1, 2, 3)
        total.add(Count(10, 20, 30))
        self.assertEqual('11 passed, 22 failed, 33 skipped', str(total))

    def test_count_is_parsed_from_the_last_line_only(self) -> None:
        self.assertEqual(Count(5, 1, 2), reports.parse_count(f'=== lint\n{Count(5, 1, 2)}\n'))
        self.assertIsNone(reports.parse_count('1 passed, 0 failed, 0 skipped\nTraceback'))
        self.assertIsNone(reports.parse_count(''))


class TestPytest(base.TestCase):
    def test_run_that_leaves_no_report_counts_as_failed(self) -> None:
        self.patch(commands, 'REPORTS', self.make_directory())
        self.patch(venvs, 'test_venv', lambda: pathlib.Path('/no/environment'))
        output = self.capture_output()
        report = commands.run_pytest('live', [], ['false'])
        self.assertEqual(Count(failed=1), reports.count(report))
        self.assertIn('without a report', output.getvalue())
