# SPDX-License-Identifier: Apache-2.0
"""What runs in the processes of Nova's own tests, mostly in this one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import textwrap
import types
from typing import Any

from sandbox import settings
from tests.unit import base
from tools.nova_tests.inside import worker

#: A module of Nova's tests.
MODULE = textwrap.dedent('''
    import unittest

    import testscenarios
    import testtools

    class Test(testtools.TestCase):
        def test_passing(self):
            print('to standard output')

        def test_failing(self):
            self.assertEqual('one\\n' * 3, 'another\\n' * 200)

        def test_failing_in_cleanup(self):
            self.addCleanup(int, 'x')

        def test_skipped(self):
            self.skipTest('no reason')

    class Scenarios(testscenarios.WithScenarios, unittest.TestCase):
        scenarios = [('v2', {'version': 2}), ('v3', {'version': 3})]

        def test_version(self):
            self.assertEqual(2, self.version)
''')


def messages(text: str) -> list[dict[str, Any]]:
    """Return what a worker has written."""
    return [json.loads(line) for line in text.splitlines()]


class TestRunner(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        module = types.ModuleType('test_it')
        exec(MODULE, vars(module))
        sys.modules['test_it'] = module
        self.addCleanup(sys.modules.pop, 'test_it')
        #: What is printed.
        self.log = self.capture_output('stderr')
        self.patch(sys, 'stdout', self.log)

    def run_tests(self) -> list[dict[str, Any]]:
        """Run all tests and return what is reported about them."""
        tests = worker._load(['test_it'])
        self.patch(sys, 'stdin', io.StringIO(json.dumps(list(tests)) + '\n'))
        channel = io.StringIO()
        worker._Runner(tests, channel).serve()
        return messages(channel.getvalue())

    def ends(self) -> dict[str, dict[str, Any]]:
        """Run all tests and return how each ended."""
        return {message['id'].removeprefix('test_it.'): message
                for message in self.run_tests() if 'id' in message}

    def test_all_tests_are_told_by_class_before_they_are_run(self) -> None:
        first, second, *_, last = self.run_tests()
        self.assertEqual({'test_it.Test', 'test_it.Scenarios'}, first['tests'].keys())
        self.assertEqual(
            ['test_it.Scenarios.test_version(v2)', 'test_it.Scenarios.test_version(v3)'],
            first['tests']['test_it.Scenarios'])
        self.assertIn('begun', second)
        self.assertEqual({'done': True}, last)

    def test_outcomes_are_told(self) -> None:
        self.assertEqual({
            'Test.test_passing': 'success', 'Test.test_failing': 'failure',
            'Test.test_failing_in_cleanup': 'error', 'Test.test_skipped': 'skip',
            'Scenarios.test_version(v2)': 'success', 'Scenarios.test_version(v3)': 'failure',
        }, {name: end['outcome'] for name, end in self.ends().items()})

    def test_reasons_are_told_in_a_line_that_is_not_too_long(self) -> None:
        reasons = {name: end['reason'] for name, end in self.ends().items()}
        self.assertEqual('no reason', reasons['Test.test_skipped'])
        self.assert_matches(
            '^ValueError: invalid literal for int', reasons['Test.test_failing_in_cleanup'])
        # As much as it takes to tell it from others.
        self.assert_matches(
            r'^\S*MismatchError: !=: .*one.* \.\.\. .*another', reasons['Test.test_failing'])
        self.assertLess(len(reasons['Test.test_failing']), 500)

    def test_tracebacks_and_what_tests_print_are_printed(self) -> None:
        self.run_tests()
        log = self.log.getvalue()
        self.assertIn('to standard output', log)
        self.assertIn('failure: test_it.Test.test_failing\n', log)
        self.assertIn('Traceback (most recent call last)', log)

    def test_module_that_is_not_there_is_an_error(self) -> None:
        with self.assert_raises(ImportError, 'test_that_is_not_there'):
            worker._load(['test_that_is_not_there'])


class TestMain(base.TestCase):
    def test_process_runs_tests_of_the_sources_and_prints_to_standard_error(self) -> None:
        sources = self.make_directory()
        (sources / 'nova/tests/unit').mkdir(parents=True)
        for name in ('nova', 'nova/tests', 'nova/tests/unit'):
            (sources / name / '__init__.py').touch()
        (sources / 'nova/test.py').touch()
        (sources / 'nova/tests/unit/test_it.py').write_text(MODULE)
        test = 'nova.tests.unit.test_it.Test.test_passing'
        done = subprocess.run(
            [sys.executable, '-m', 'tools.nova_tests.inside.worker', str(sources),
             test.rpartition('.Test')[0]],
            input=f'["{test}"]\n', cwd=settings.CHECKOUT, capture_output=True, text=True,
            timeout=base.TIMEOUT, check=True)
        tests, begun, end, *rest = messages(done.stdout)
        self.assertIn(test, tests['tests']['nova.tests.unit.test_it.Test'])
        self.assertEqual({'begun': test}, begun)
        self.assertEqual((test, 'success'), (end['id'], end['outcome']))
        self.assertEqual([{'done': True}, {'uses': {}}], rest)
        self.assertIn('to standard output', done.stderr)
