# SPDX-License-Identifier: Apache-2.0
"""What the tests of cells share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import fixtures
from nova import context as nova_context

from nova_ext.db import cells
from tests.unit import base


class Cell:
    """Stands in for nova.objects.CellMapping."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.uuid = f'uuid-of-{name}'

    def is_cell0(self) -> bool:
        return self.name == 'cell0'


@contextlib.contextmanager
def target_cell(context: Any, cell: Any) -> Iterator[str]:
    """Stand in for Nova's; a targeted context is a text that names the cell."""
    yield f'{context} at {cell.name}'


class CellsTestCase(base.TestCase):
    """A deployment with cell0, cell1 and cell2."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(
            nova_context, 'CELLS', [Cell('cell0'), Cell('cell1'), Cell('cell2')]))
        self.useFixture(fixtures.MockPatchObject(nova_context, 'target_cell', target_cell))

    def assert_down(self, names: list[str], answers: cells.Answers[Any]) -> None:
        """Assert which cells gave no answer."""
        self.assertEqual(names, [cell.name for cell in answers.down])
