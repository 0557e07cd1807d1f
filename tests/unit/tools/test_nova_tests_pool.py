# SPDX-License-Identifier: Apache-2.0
"""Processes that run Nova's own tests, and those that hang."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import fixtures

from sandbox.errors import SandboxError
from tests.fixtures import clock
from tests.unit import base
from tools.nova_tests import pool, process
from tools.testing.reports import FAILED, PASSED, Result

#: Speaks as ``inside/worker.py``. A test does what its name says.
WORKER = '''
import json, os, sys, time
print(json.dumps({"tests": json.loads(sys.argv[1])}), flush=True)
for line in sys.stdin:
    for name in json.loads(line):
        print(json.dumps({"begun": name}), flush=True)
        if "hang" in name:
            time.sleep(60)
        if "die" in name:
            os._exit(1)
        print(json.dumps({"id": name, "outcome": "success", "reason": "", "seconds": 0.1}))
    print(json.dumps({"done": True}), flush=True)
print(json.dumps({"uses": {"driver": 1}}), flush=True)
'''


class TestPool(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.make_directory()
        self.output = self.capture_output()

    def make_job(self, script: str = WORKER, tests: str = '{}') -> pool.Job:
        return pool.Job('unit', (sys.executable, '-c', script, tests), False,
                        self.folder / 'logs/unit.log')

    def run_tests(
            self, tests: str, chosen: Callable[[str], bool] = lambda _: True) -> pool.Results:
        return pool.run(self.make_job(tests=tests), chosen)

    def when_hanging(self, act: Callable[[bool], None]) -> None:
        """Have a function be told, after each message of a process, whether its test hangs now.

        Until then a process may take its time, on a busy machine.
        """
        read = process.Process._read

        def read_and_tell(running: process.Process) -> dict[str, Any] | None:
            message = read(running)
            act('hang' in (message or {}).get('begun', ''))
            return message

        self.patch(process.Process, '_read', read_and_tell)
        self.patch(pool, 'SIZE', 1)

    def test_all_tests_are_run_and_uses_are_added(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.2"], "B": ["B.1"]}')
        self.assertEqual(dict.fromkeys(['A.1', 'A.2', 'B.1'], Result(PASSED, seconds=0.1)),
                         dict(sorted(results.report.items())))
        self.assertLessEqual(1, results.uses['driver'])
        self.assertIn('unit: 3 of 3 tests', self.output.getvalue())

    def test_only_chosen_tests_are_run(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.2"], "B": ["B.1"]}', lambda t: t == 'A.2')
        self.assertEqual({'A.2'}, set(results.report))

    def test_choice_of_no_test_is_refused(self) -> None:
        with self.assert_raises(SandboxError, 'no such test'):
            self.run_tests('{"A": ["A.1"]}', lambda _: False)

    def test_test_that_ends_the_process_fails_and_the_others_are_run(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.die", "A.2"], "B": ["B.1"]}')
        outcomes = {test: result.outcome for test, result in results.report.items()}
        self.assertEqual(
            {'A.1': PASSED, 'A.die': FAILED, 'A.2': PASSED, 'B.1': PASSED}, outcomes)
        self.assertEqual('its process ended', results.report['A.die'].reason)

    def test_test_that_hangs_fails_and_the_others_are_run(self) -> None:
        self.when_hanging(lambda hangs: self.patch(process, 'STALLED', 0.0 if hangs else 60.0))
        results = self.run_tests('{"A": ["A.1", "A.hang", "A.2"]}')
        outcomes = {test: result.outcome for test, result in results.report.items()}
        self.assertEqual({'A.1': PASSED, 'A.hang': FAILED, 'A.2': PASSED}, outcomes)
        self.assertEqual('it hung', results.report['A.hang'].reason)

    def test_run_has_a_bound(self) -> None:
        now = self.useFixture(clock.Clock(pool, process))
        self.when_hanging(lambda hangs: now.sleep(pool.TIMEOUT * hangs))
        results = self.run_tests('{"A": ["A.hang", "A.1"]}')
        self.assertEqual({'A.hang': 'it hung', 'A.1': 'it was not run'},
                         {test: result.reason for test, result in results.report.items()})

    def test_tests_that_do_not_load_are_an_error_with_the_reason(self) -> None:
        with self.assert_raises(SandboxError, 'ZeroDivisionError'):
            pool.run(self.make_job('1 / 0'), lambda _: True)

    def test_environment_has_nothing_of_who_runs_the_stage(self) -> None:
        self.useFixture(fixtures.EnvironmentVariable('OS_CLOUD', 'mine'))
        self.useFixture(fixtures.EnvironmentVariable('PYTHONPATH', '/mine'))
        found = pool.environment(eventlet=True)
        self.assertNotIn('OS_CLOUD', found)
        self.assertNotIn('PYTHONPATH', found)
        self.assertEqual('False', found['OS_NOVA_DISABLE_EVENTLET_PATCHING'])
