# SPDX-License-Identifier: Apache-2.0
"""Runs of stages, interrupted and continued."""

from __future__ import annotations

from tests.unit import base
from tools.testing import __main__ as testing
from tools.testing import history, stages
from tools.testing.reports import Count
from tools.testing.stage import Options, Stage


class RunTestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(history, 'FILE', self.make_directory() / 'history.json')
        self.patch(history, 'source_digest', lambda: 'digest')
        self.output = self.capture_output()
        #: The stages that ran, in order, and what each shall give.
        self.ran: list[str] = []
        self.counts = {'one': Count(1), 'two': Count(2), 'three': Count(3)}

    def make_run(self, kind: str = 'test-all') -> testing.Run:
        return testing.Run(kind, Options())

    def make_stages(self) -> list[Stage]:
        def run(name: str) -> Count:
            self.ran.append(name)
            return self.counts[name]

        return [Stage(name, f'about {name}', lambda _, name=name: run(name))  # type: ignore[misc]
                for name in self.counts]


class TestUnfinished(RunTestCase):
    def test_failed_stage_is_run_again_and_passed_ones_are_not(self) -> None:
        self.counts['two'] = Count(1, failed=1)
        self.assertEqual(Count(5, 1), self.make_run().unfinished(self.make_stages()))
        self.counts['two'] = Count(2)
        self.assertEqual(Count(6), self.make_run().unfinished(self.make_stages()))
        self.assertEqual(['one', 'two', 'three', 'two'], self.ran)

    def test_interrupted_run_goes_on_where_it_was(self) -> None:
        self.make_run().stages(self.make_stages()[:1])
        self.assertEqual(Count(6), self.make_run().unfinished(self.make_stages()))
        self.assertEqual(['one', 'two', 'three'], self.ran)

    def test_complete_run_begins_anew(self) -> None:
        for _ in range(2):
            self.make_run().unfinished(self.make_stages())
        self.assertEqual(2 * ['one', 'two', 'three'], self.ran)


class TestOutput(RunTestCase):
    def test_stage_says_what_it_does_how_far_it_is_and_how_long_it_took(self) -> None:
        self.make_run('test').stages(self.make_stages())
        self.make_run('test').stages(self.make_stages()[:1])
        lines = [line for line in self.output.getvalue().splitlines() if line]
        self.assertEqual('=== two (2 of 3): about two', lines[2])
        self.assertEqual('=== two: 2 passed, 0 failed, 0 skipped (0 s)', lines[3])
        self.assertEqual('=== one (1 of 1, 0 s the last time): about one', lines[6])


class TestStages(base.TestCase):
    def test_every_stage_has_a_name_of_its_own(self) -> None:
        for known in (stages.GATE, stages.ALL):
            names = [stage.name for stage in known]
            self.assertEqual(sorted(set(names)), sorted(names))
