# SPDX-License-Identifier: Apache-2.0
"""The parts of ``make bench``."""

from __future__ import annotations

import subprocess

import bench.__main__ as command
from bench import figures
from sandbox import state
from tests.unit import base


class TestParts(base.TestCase):
    def test_unknown_part_is_refused_before_a_cloud_is_brought_up(self) -> None:
        self.patch(state, 'load', self.fail)
        printed = self.capture_output('stderr')
        self.assertEqual(2, command.main(['driver', 'nothing']))
        self.assertIn(
            'driver, host, api, unversioned, lists, migration, exporter', printed.getvalue())

    def test_part_that_fails_does_not_lose_the_figures_of_others(self) -> None:
        def measure(part: command.Part) -> list[figures.Figure]:
            if part.module == 'driver':
                raise subprocess.TimeoutExpired(
                    ['bench.driver'], 900, b'{"name": "first", "stock": 2.0, "ours": 1.0}\n{"na')
            return [figures.Figure('answer', 2.0, 1.0)]

        self.patch(state, 'load', lambda: state)
        self.patch(command, '_measure', measure)
        printed, said = self.capture_output(), self.capture_output('stderr')
        self.assertEqual(1, command.main(['driver', 'api']))
        self.assertIn('first', printed.getvalue())
        self.assertIn('answer', printed.getvalue())
        self.assertIn('failed: ', said.getvalue())

    def test_part_without_a_cloud_brings_none_up(self) -> None:
        self.patch(state, 'load', self.fail)
        measured: list[str] = []

        def measure(part: command.Part) -> list[figures.Figure]:
            measured.append(part.module)
            return []

        self.patch(command, '_measure', measure)
        self.capture_output('stderr')
        self.assertEqual(0, command.main(['exporter']))
        self.assertEqual(['exporter'], measured)
