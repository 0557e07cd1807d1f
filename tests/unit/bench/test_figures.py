# SPDX-License-Identifier: Apache-2.0
"""The benchmarks' table."""

from __future__ import annotations

import re

from bench import figures
from bench.figures import Figure
from tests.unit import base

FIGURES = [
    Figure('one disk', stock=2.0, ours=1.6, limit=1.5, at_least=1.0),
    Figure('two disks', stock=3.0, ours=2.8, limit=2.0, at_most=1.3),
    Figure('sixteen disks', stock=40.0, ours=5.4, limit=5.0, at_least=8.0, at_most=1.3),
    Figure('migration', stock=4000.0, ours=4100.0)]


class TestFigures(base.TestCase):
    def test_table_has_every_figure_with_its_ratios(self) -> None:
        rows = [re.split(r'  +', line) for line in figures.table(FIGURES).splitlines()[3:]]
        self.assertEqual([
            ['one disk', '2.00', '1.60', '1.50', '1.25', '1.07', 'at least 1'],
            ['two disks', '3.00', '2.80', '2.00', '1.07', '1.40', 'at most 1.3, MISSED'],
            ['sixteen disks', '40.00', '5.40', '5.00', '7.41', '1.08',
             'at least 8, at most 1.3, MISSED'],
            ['migration', '4000', '4100', '-', '0.98', '-']], rows)

    def test_columns_are_aligned(self) -> None:
        heads, _, line, *rows = figures.table(FIGURES).splitlines()
        self.assertEqual(len(line), max(map(len, [heads, line, *rows])))
        self.assertEqual(1, len({row.index(number) + len(number) for row, number in zip(
            rows, ['2.00', '3.00', '40.00', '4000'])}))

    def test_figures_that_miss_what_is_wanted_are_named(self) -> None:
        self.assertEqual(['two disks', 'sixteen disks'], figures.missed(FIGURES))

    def test_what_a_part_reports_is_read(self) -> None:
        printed = self.capture_output()
        for figure in FIGURES:
            figure.report()
        self.assertEqual(FIGURES, figures.read(printed.getvalue()))
