# SPDX-License-Identifier: Apache-2.0
"""Stages that run in the background."""

from __future__ import annotations

import os
import pathlib

import ddt

from tests.unit import base
from tools.testing.background import Background
from tools.testing.reports import Count


@ddt.ddt
class TestBackground(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.make_directory() / 'log'

    @ddt.data(
        ('echo "3 passed, 0 failed, 1 skipped"', Count(3, 0, 1)),
        ('echo "no stage"; exit 2', Count(failed=1)), ('true', Count(failed=1)))
    @ddt.unpack
    def test_command_counts_by_its_last_line_and_fails_without_one(
            self, script: str, count: Count) -> None:
        output = self.capture_output()
        with Background(['sh', '-c', script], self.log, timeout=30) as background:
            self.assertEqual(count, background.count())
        self.assertIn(self.log.read_text(), output.getvalue())

    def test_failures_are_those_that_the_command_names(self) -> None:
        self.capture_output()
        total = Count(3, failures=['a test: 1 is not 2'])
        total.add(Count(1, 1, failures=['lint: style']))
        command = ['printf', '%s\n', 'some output', total.summary()]
        with Background(command, self.log, timeout=30) as background:
            found = background.count()
        self.assertEqual(['a test: 1 is not 2', 'lint: style'], found.failures)
        self.assertEqual(total, found)

    def test_command_runs_at_idle_priority_and_ends_with_the_block(self) -> None:
        with Background(['sleep', '300'], self.log, timeout=30) as background:
            process = background._process
            self.assert_eventually(
                lambda: os.sched_getscheduler(process.pid) == os.SCHED_IDLE, 30)
            self.assertIn(
                'nice 19', pathlib.Path(f'/proc/{process.pid}/autogroup').read_text())
        self.assertIsNotNone(process.returncode)

    def test_command_that_takes_too_long_counts_as_failed(self) -> None:
        self.capture_output()
        with Background(['sleep', '300'], self.log, timeout=0.1) as background:
            count = background.count()
        self.assertEqual(Count(failed=1), count)
        self.assertIn('did not come to an end', count.summary())
