# SPDX-License-Identifier: Apache-2.0
"""The order of cells, by which cliff sorts."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.cli import columns
from tests.unit import base

EARLY, LATE = ({'start': f'{year}-12-01T02:00:00Z', 'end': None} for year in (2026, 2036))


@ddt.ddt
class TestOrder(base.TestCase):
    @ddt.data(
        (columns.Figure, ['b', None, 'a', ''], ['a', 'b', None, '']),
        (columns.Figure, [10, None, 9], [9, 10, None]),
        (columns.YesNo, [True, None, False], [False, True, None]),
        (columns.Window, [None, LATE, EARLY], [EARLY, LATE, None]),
        (columns.Words, [['service'], [], None], [[], ['service'], None]))
    @ddt.unpack
    def test_unknown_is_last(
            self, form: type[columns.Figure], values: list[Any], expected: list[Any]) -> None:
        cells = sorted(form(value) for value in values)
        self.assertEqual(expected, [cell.machine_readable() for cell in cells])

    def test_cells_are_sorted_as_rows_are(self) -> None:
        """As cliff does it, whose message about a failure fails itself."""
        rows = [[columns.Window(value)] for value in (LATE, None, EARLY, None)]
        rows.sort(key=lambda row: (row[0] is None, row[0]))
        self.assertEqual([EARLY, LATE, None, None], [row[0].machine_readable() for row in rows])
