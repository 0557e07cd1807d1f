# SPDX-License-Identifier: Apache-2.0
"""Every command of nova-ext's own has a page that a manual page can be made of."""

from __future__ import annotations

import configparser
import re

import ddt

from sandbox import settings
from tests.unit import base
from tools.documentation import blocks

PAGES = {page.stem: page for page in (blocks.SOURCES / 'cli').glob('nova-ext-*.rst')}


@ddt.ddt
class TestManualPages(base.TestCase):
    def test_every_command_has_one(self) -> None:
        setup = configparser.ConfigParser()
        setup.read(settings.CHECKOUT / 'setup.cfg')
        scripts = setup['entry_points']['console_scripts'].split('\n')
        self.assertEqual({line.partition('=')[0].strip() for line in scripts if line},
                         PAGES.keys())

    @ddt.data(*PAGES)
    def test_page_has_what_doc_man_needs(self, name: str) -> None:
        text = PAGES[name].read_text()
        self.assertIn('.. meta::\n   :description: ', text)
        self.assertEqual([], re.findall(':(?:doc|ref):`', text))  # leads to no other page
