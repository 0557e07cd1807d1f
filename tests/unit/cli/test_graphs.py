# SPDX-License-Identifier: Apache-2.0
"""Graphs and texts of others."""

from __future__ import annotations

import io

import ddt
import fixtures

from nova_ext.cli.watch import graphs
from tests.unit import base


@ddt.ddt
class TestGraphs(base.TestCase):
    @ddt.data((graphs.BLOCKS, '▁▁▄█ █▅'), (graphs.ASCII, '__-# #='))
    @ddt.unpack
    def test_each_value_is_a_character_and_unknown_is_a_space(
            self, heights: str, graph: str) -> None:
        self.assertEqual(graph, graphs.sparkline([0, 1, 43, 100, None, 250, 60], 100, heights))
        self.assertEqual(heights[0] * 2, graphs.sparkline([0, 5], 0, heights))

    @ddt.data(
        ('utf-8', None, graphs.BLOCKS), ('utf-8', 'C.UTF-8', graphs.BLOCKS),
        ('utf-8', 'C', graphs.ASCII), ('iso-8859-1', None, graphs.ASCII),
        ('ascii', None, graphs.ASCII))
    @ddt.unpack
    def test_heights_depend_on_encoding_and_locale_of_the_terminal(
            self, encoding: str, locale: str | None, heights: str) -> None:
        self.useFixture(fixtures.EnvironmentVariable('LC_ALL', locale))
        self.assertEqual(heights, graphs.glyphs(io.TextIOWrapper(io.BytesIO(), encoding)))


class TestPlain(base.TestCase):
    def test_characters_that_move_the_cursor_are_replaced(self) -> None:
        self.assertEqual('a?[2Jb?c??日', graphs.plain('a\x1b[2Jb\nc\u0301\u202e日'))
