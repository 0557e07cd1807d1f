# SPDX-License-Identifier: Apache-2.0
"""Steps that wait for each other, and for none that has failed."""

from __future__ import annotations

import threading

from sandbox import steps
from sandbox.steps import Progress, Step
from tests.unit import base


class TestSteps(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.output = self.capture_output()

    def test_step_starts_after_those_it_depends_on(self) -> None:
        done: list[str] = []
        steps.run([
            Step('c', lambda: done.append('c'), after=('a', 'b')),
            Step('b', lambda: done.append('b'), after=('a',)),
            Step('a', lambda: done.append('a')),
        ], Progress())
        self.assertEqual(['a', 'b', 'c'], done)

    def test_independent_steps_run_in_parallel(self) -> None:
        both = threading.Barrier(2, timeout=5)
        steps.run([Step('a', both.wait), Step('b', both.wait)], Progress())

    def test_failure_abandons_running_steps_and_starts_no_other(self) -> None:
        abandoned = threading.Event()
        started: list[str] = []

        def fail() -> None:
            raise LookupError('no such thing')

        with self.assert_raises(LookupError):
            steps.run([
                Step('fails', fail),
                Step('waits', lambda: abandoned.wait(10)),
                Step('never', lambda: started.append('never'), after=('fails',)),
            ], Progress(), abandoned.set)
        self.assertTrue(abandoned.is_set())
        self.assertEqual([], started)

    def test_unknown_dependency_raises(self) -> None:
        with self.assert_raises(ValueError, 'nobody does'):
            steps.run([Step('a', int, after=('b',))], Progress())

    def test_circular_dependency_raises(self) -> None:
        with self.assert_raises(ValueError, 'wait for each other'):
            steps.run([Step('a', int, after=('b',)), Step('b', int, after=('a',))], Progress())

    def test_each_step_is_printed_with_its_time(self) -> None:
        steps.run([Step('the one', int)], Progress())
        self.assertIn('the one (0.0 s)', self.output.getvalue())
