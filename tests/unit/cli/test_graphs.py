# SPDX-License-Identifier: Apache-2.0
"""Graphs and cells of text."""

from __future__ import annotations

import io

import pytest

from nova_ext.cli.watch import graphs


@pytest.mark.parametrize(('heights', 'graph'), [
    (graphs.BLOCKS, '▁▁▄█ █▅'), (graphs.ASCII, '__-# #=')])
def test_a_character_a_value_and_a_space_for_the_unknown(heights: str, graph: str) -> None:
    assert graphs.sparkline([0, 1, 43, 100, None, 250, 60], 100, heights) == graph
    assert graphs.sparkline([0, 5], 0, heights) == heights[0] * 2


@pytest.mark.parametrize(('text', 'cells'), [
    ('web', 'web  '), ('web-17', 'web-1'), ('', '     '), ('日本語', '日本 ')])
def test_texts_fill_their_cells(text: str, cells: str) -> None:
    assert graphs.fit(text, 5) == cells
    assert graphs.fit('7', 3, right=True) == '  7'
    assert graphs.fit(text, 0) == ''


def test_no_name_moves_the_cursor() -> None:
    assert graphs.plain('a\x1b[2Jb\nc\u0301\u202e日') == 'a?[2Jb?c??日'


@pytest.mark.parametrize(('encoding', 'locale', 'heights'), [
    ('utf-8', None, graphs.BLOCKS), ('utf-8', 'C.UTF-8', graphs.BLOCKS),
    ('utf-8', 'C', graphs.ASCII), ('iso-8859-1', None, graphs.ASCII),
    ('ascii', None, graphs.ASCII)])
def test_what_a_terminal_can_show(
        monkeypatch: pytest.MonkeyPatch, encoding: str, locale: str | None,
        heights: str) -> None:
    monkeypatch.delenv('LC_ALL', raising=False)
    if locale:
        monkeypatch.setenv('LC_ALL', locale)
    assert graphs.glyphs(io.TextIOWrapper(io.BytesIO(), encoding)) == heights
