# SPDX-License-Identifier: Apache-2.0
"""Whether every command of every page can be tried."""

from __future__ import annotations

import pathlib

import ddt

from tests.unit import base
from tools.documentation import blocks, places

PAGES: dict[str, pathlib.Path] = {blocks.name(page): page for page in blocks.pages()}


@ddt.ddt
class TestPages(base.TestCase):
    @ddt.data(*PAGES)
    def test_page_has_no_prompt_outside_of_a_console_block(self, name: str) -> None:
        self.assertEqual([], blocks.stray_prompts(PAGES[name].read_text()))

    @ddt.data(*PAGES)
    def test_commands_of_page_run_in_a_known_place(self, name: str) -> None:
        page = PAGES[name]
        for block in blocks.find(page, page.read_text()):
            if block.language == 'console':
                for command in blocks.commands(block):
                    self.assertIn(command.marker.place, places.NAMES,
                                  f'line {command.line}: {command.text}')
