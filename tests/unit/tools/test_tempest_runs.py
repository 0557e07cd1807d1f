# SPDX-License-Identifier: Apache-2.0
"""Results of Tempest."""

from __future__ import annotations

import subprocess

import ddt

from sandbox import tempest_workspace, venvs
from tests.unit import base
from tools.testing import reports, tempest_runs
from tools.testing.reports import FAILED, PASSED, SKIPPED, Count, Report, Result

CLASS = 'nova_ext.tempest_plugin.tests.api.test_it.ItTest'
GOOD, BAD = f'{CLASS}.test_good[id-1,smoke]', f'{CLASS}.test_bad[id-2]'
SETUP = f'setUpClass ({CLASS})'


@ddt.ddt
class TestTempest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.output = self.capture_output()

    @ddt.data(
        ({GOOD: Result(PASSED)}, Count(passed=1)),
        ({GOOD: Result(PASSED), BAD: Result(FAILED, 'why')}, Count(1, 1)),
        ({GOOD: Result(PASSED), BAD: Result(SKIPPED, 'one host')}, Count(1, 1)))
    @ddt.unpack
    def test_skipped_test_counts_as_failed(self, report: Report, count: Count) -> None:
        found = tempest_runs.count_skipped_as_failed(report)
        self.assertEqual(count, found)
        self.assertEqual(count.failed, len(found.failures))
        self.assertEqual('one host' in str(report), 'one host' in found.summary())

    def test_test_may_be_skipped_for_the_reason_that_is_accepted(self) -> None:
        report: Report = {GOOD: Result(SKIPPED, 'no reader here'), BAD: Result(SKIPPED, 'why')}
        self.assertEqual(
            Count(failed=1), tempest_runs.count_skipped_as_failed(report, 'no reader'))

    @ddt.data(
        ({SETUP: Result(SKIPPED, 'x: This cloud has no nova-ext: ...')}, Count(passed=1)),
        ({SETUP: Result(SKIPPED, 'one host')}, Count(failed=1)),
        ({SETUP: Result(SKIPPED, 'This cloud has no nova-ext'), GOOD: Result(PASSED)},
         Count(failed=1)),
        ({BAD: Result(FAILED, 'This cloud has no nova-ext')}, Count(failed=1)))
    @ddt.unpack
    def test_stock_cloud_skips_every_class_for_want_of_the_plugin(
            self, report: Report, count: Count) -> None:
        found = tempest_runs.count_skipped_without_plugin(report)
        self.assertEqual(count, found)
        self.assertEqual(count.failed, len(found.failures))

    def test_run_without_any_test_counts_as_failed(self) -> None:
        self.patch(tempest_workspace, 'forget', lambda: None)
        self.patch(subprocess, 'run', lambda *_, **__: None)
        self.patch(reports, 'read_stestr', lambda *_: {})
        self.patch(venvs, 'tempest_venv', lambda _: self.make_directory())
        self.assertEqual(Count(failed=1), reports.count(tempest_runs._run([])))
