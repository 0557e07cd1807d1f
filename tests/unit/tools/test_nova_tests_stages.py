# SPDX-License-Identifier: Apache-2.0
"""The stages of Nova's own tests."""

from __future__ import annotations

import collections
import pathlib
from collections.abc import Callable, Collection

from sandbox import environments, settings, venvs
from tests.unit import base
from tools.nova_tests import differences, pool, sources, stages
from tools.nova_tests.differences import Difference
from tools.nova_tests.selections import Part, Selection, Variant
from tools.testing import commands
from tools.testing.reports import FAILED, PASSED, Count, Result

GOOD, BAD = Result(PASSED), Result(FAILED, 'ValueError: 1 is not 2')
EXPECTED = [Difference('intended: it is better', r'ValueError: . is not .$', ('one', 'two'))]


class TestStage(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        self.patch(settings, 'CACHE', folder)
        self.patch(commands, 'REPORTS', folder)
        self.patch(venvs, 'nova_tests_venv', self.make_venv)
        self.patch(sources, 'ensure', lambda version, python: folder / f'nova-{version}')
        self.patch(pool, 'run', self.run_job)
        self.patch(pool, 'run_alone', self.run_job_alone)
        self.patch(differences, 'EXPECTED', {('nova-tests', 'driver'): tuple(EXPECTED)})
        self.output = self.capture_output()
        self.folder = folder
        #: What comes of the tests without nova-ext and with it, and when they are run once more.
        self.without = {'one': GOOD, 'two': GOOD, 'three': GOOD}
        self.with_plugin = {'one': BAD, 'two': BAD, 'three': GOOD}
        self.alone: dict[str, Result] = {}
        self.uses = collections.Counter(driver=1)
        self.ran: list[str] = []

    def make_venv(self, series: str, *, plugin: bool) -> pathlib.Path:
        (self.folder / environments.STAMP).write_text('pins')
        return self.folder

    def run_job(self, job: pool.Job, chosen: Callable[[str], bool]) -> pool.Results:
        self.ran.append(job.name)
        report = self.with_plugin if '--plugin' in job.command else self.without
        return pool.Results({test: result for test, result in report.items() if chosen(test)},
                            self.uses if '--plugin' in job.command else collections.Counter())

    def run_job_alone(self, job: pool.Job, tests: Collection[str]) -> pool.Results:
        self.ran.append(f'{job.name} alone: {" ".join(sorted(tests))}')
        return pool.Results({test: self.alone[test] for test in tests}, collections.Counter())

    def run_stage(self, *tests: str) -> Count:
        variant = Variant('driver', ('--plugin',), ('driver',))
        part = Part('unit', ('nova.tests.unit.test_it',), (variant,))
        return stages.run(Selection('nova-tests', '34', 'about it', (part,)), tests)

    def test_tests_that_end_as_they_should_pass(self) -> None:
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, without nova-ext', 'unit, with driver'], self.ran)

    def test_results_without_the_plugin_are_remembered(self) -> None:
        self.run_stage()
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, with driver'], self.ran[2:])

    def test_some_tests_are_run_and_not_remembered(self) -> None:
        self.assertEqual(Count(2), self.run_stage('^t'))
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, without nova-ext', 'unit, with driver'] * 2, self.ran)
        self.assertEqual(Count(1), self.run_stage('three'))

    def test_test_that_ends_otherwise_is_run_once_more(self) -> None:
        self.with_plugin['three'], self.alone['three'] = BAD, GOOD
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, with driver alone: three'], self.ran[2:])

    def test_test_that_ends_otherwise_again_fails(self) -> None:
        self.with_plugin['three'] = self.alone['three'] = BAD
        self.assertEqual(Count(2, 1), self.run_stage())
        self.assertIn('three: passed without, failed: ValueError', self.output.getvalue())

    def test_test_that_fails_without_the_plugin_is_run_once_more_before_it_is_remembered(
            self) -> None:
        self.without['three'], self.alone['three'] = BAD, GOOD
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(1, len([name for name in self.ran if 'alone' in name]))

    def test_many_tests_that_end_otherwise_are_not_run_once_more(self) -> None:
        self.without = {f'test {number}': GOOD for number in range(100)}
        self.with_plugin = dict.fromkeys(self.without, BAD)
        self.patch(differences, 'EXPECTED', {})
        self.assertEqual(Count(failed=100), self.run_stage())

    def test_plugin_that_was_not_used_counts_as_failed(self) -> None:
        self.uses.clear()
        self.assertEqual(Count(3, 1), self.run_stage())
        self.assertIn('nothing has used the driver', self.output.getvalue())
