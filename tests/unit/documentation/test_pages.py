# SPDX-License-Identifier: Apache-2.0
"""Whether every page can be tried."""

from __future__ import annotations

import pathlib

import pytest

from tests.documentation import blocks, places

PAGES = pytest.mark.parametrize('page', blocks.pages(), ids=blocks.name)


@PAGES
def test_no_command_stands_where_nothing_would_try_it(page: pathlib.Path) -> None:
    assert blocks.stray_prompts(page.read_text()) == []


@PAGES
def test_commands_run_somewhere(page: pathlib.Path) -> None:
    for block in blocks.find(page, page.read_text()):
        if block.language in ('console', 'docker'):
            for command in blocks.commands(block):
                assert command.marker.place in places.NAMES, (command.line, command.text)
