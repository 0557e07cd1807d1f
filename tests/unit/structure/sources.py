# SPDX-License-Identifier: Apache-2.0
"""The checkout's modules, without what is built or installed in it."""

from __future__ import annotations

import pathlib

from sandbox import settings

_FOLDERS = ('api_ref', 'bench', 'doc', 'nova', 'nova_ext', 'sandbox', 'tests', 'tools')


def modules() -> list[str]:
    """Return the paths of all modules, relative to the checkout."""
    return sorted(
        str(path.relative_to(settings.CHECKOUT)) for folder in _FOLDERS
        for path in (settings.CHECKOUT / folder).rglob('*.py')
        if not any(part.startswith('.') or part == 'build' for part in path.parts[
            len(settings.CHECKOUT.parts):]))


def read(module: str) -> str:
    """Return the text of a module."""
    return pathlib.Path(settings.CHECKOUT, module).read_text()
