# SPDX-License-Identifier: Apache-2.0
"""The clients run where neither Nova nor the rest of nova_ext is."""

from __future__ import annotations

import ast
import pathlib
import sys

import nova_ext.cli

_FOLDER = pathlib.Path(nova_ext.cli.__file__).parent

ALLOWED = {*sys.stdlib_module_names, 'cliff', 'keystoneauth1', 'openstack', 'osc_lib', 'requests'}


def _imported(path: pathlib.Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f'{node.module}.{alias.name}' for alias in node.names)
    return found


def test_nothing_else_is_imported() -> None:
    paths = list(_FOLDER.rglob('*.py'))
    assert len(paths) > 15
    for path in paths:
        for name in _imported(path):
            allowed = ALLOWED | ({'novaclient'} if path.stem == 'novaclient' else set())
            assert name.startswith('nova_ext.cli.') or name.split('.')[0] in allowed, (path, name)
