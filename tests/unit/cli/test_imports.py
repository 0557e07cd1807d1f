# SPDX-License-Identifier: Apache-2.0
"""The clients run on machines without Nova and without the rest of nova_ext."""

from __future__ import annotations

import ast
import pathlib
import sys

import nova_ext.cli
from tests.unit import base

_FOLDER = pathlib.Path(nova_ext.cli.__file__).parent

ALLOWED = {*sys.stdlib_module_names, 'cliff', 'keystoneauth1', 'openstack', 'osc_lib', 'requests',
           'rich'}


def list_imports(path: pathlib.Path) -> set[str]:
    """Return the names of what a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(f'{node.module}.{alias.name}' for alias in node.names)
    return found


class TestImports(base.TestCase):
    def test_only_client_libraries_are_imported(self) -> None:
        paths = list(_FOLDER.rglob('*.py'))
        self.assertGreater(len(paths), 15)
        for path in paths:
            allowed = ALLOWED | ({'novaclient'} if path.stem == 'novaclient' else set())
            self.assertEqual([], [
                name for name in list_imports(path)
                if not name.startswith('nova_ext.cli.') and name.split('.')[0] not in allowed],
                str(path))
