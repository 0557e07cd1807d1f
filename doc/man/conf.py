# SPDX-License-Identifier: Apache-2.0
"""How manual pages are made of the pages about nova-ext's own commands, in ``source/cli``.

    python3 -m sphinx -b man -c doc/man doc/source FOLDER

Each page there whose name begins with ``nova-ext-`` is one. It has a ``meta`` directive with the
description in a few words, and leads to no other page. Nothing but Sphinx is needed.
"""

import pathlib
import re
from typing import Any

project = 'nova-ext'
copyright = '2026, the nova-ext developers'

_PAGES = sorted((pathlib.Path(__file__).parents[1] / 'source/cli').glob('nova-ext-*.rst'))

include_patterns = [f'cli/{page.name}' for page in _PAGES]
root_doc = 'cli/nova-ext-status'
man_pages = [
    (f'cli/{page.stem}', page.stem,
     re.findall(r'(?m)^\.\. meta::\n +:description: (.+)$', page.read_text())[0],
     'The nova-ext developers', '1')
    for page in _PAGES]


def setup(app: Any) -> None:
    """Have Sphinx read each page as one that no other leads to, which it would warn of."""
    app.connect('source-read', _read)


def _read(app: Any, name: str, source: list[str]) -> None:
    source[0] = f':orphan:\n\n{source[0]}'
