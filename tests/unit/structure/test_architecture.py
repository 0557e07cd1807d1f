# SPDX-License-Identifier: Apache-2.0
"""Whether the contributor's pages and the tree agree, and what has one place keeps it."""

from __future__ import annotations

import pathlib
import re

from tests.unit import base
from tests.unit.structure import sources
from tools.documentation import blocks

PAGES = ('contributor/architecture.rst', 'contributor/repository.rst')

#: What is done in one place, a file or a folder, and where.
PLACES = {
    'threading.Thread(': 'nova_ext/concurrency/',
    '_servicegroup.service_is_up(': 'nova_ext/hosts/health.py',
    'b64encode(': 'nova_ext/compute/console_history.py',
}


def read(page: str) -> str:
    """Return the text of a page."""
    return pathlib.Path(blocks.SOURCES, page).read_text()


class TestPages(base.TestCase):
    def test_every_folder_of_the_package_has_a_line(self) -> None:
        folders = {module.removesuffix('/__init__.py') for module in sources.modules()
                   if module.startswith('nova_ext/') and module.endswith('/__init__.py')}
        listed = re.findall(r'(?m)^``(nova_ext/[\w/]+)``', read('contributor/repository.rst'))
        self.assertEqual(sorted(folders - {'nova_ext'}), sorted(listed))

    def test_every_file_that_is_named_is_there(self) -> None:
        modules = [f'/{module}' for module in sources.modules()]
        for page in PAGES:
            named = set(re.findall(r'``([\w/]+\.py)``', read(page)))
            self.assertGreater(len(named), 5)
            self.assertEqual([], sorted(
                name for name in named
                if not any(module.endswith(f'/{name}') for module in modules)), page)


class TestPlaces(base.TestCase):
    def test_what_has_one_place_is_nowhere_else(self) -> None:
        ours = [module for module in sources.modules() if module.startswith('nova_ext/')
                and not module.startswith('nova_ext/tempest_plugin/')]
        for text, place in PLACES.items():
            found = [module for module in ours if text in sources.read(module)]
            self.assertEqual([], [
                module for module in found if not module.startswith(place)], text)
            self.assertNotEqual([], found, text)
