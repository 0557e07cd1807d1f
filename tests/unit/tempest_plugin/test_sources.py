# SPDX-License-Identifier: Apache-2.0
"""The plugin's sources, read without Tempest: their imports, and the ids of their tests."""

from __future__ import annotations

import ast
import pathlib
import sys
import uuid
from collections import Counter
from collections.abc import Iterator

import ddt

import nova_ext
from tests.unit import base

FOLDER = pathlib.Path(nova_ext.__file__).parent / 'tempest_plugin'
SOURCES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob('*.py'))

#: Besides Python's own modules. testtools is one of Tempest's requirements.
ALLOWED = {'nova_ext.tempest_plugin', 'oslo_config', 'tempest', 'testtools'}


def parse(source: str) -> ast.Module:
    return ast.parse((FOLDER / source).read_text())


def list_tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Yield each test with its name."""
    for source in SOURCES:
        for node in ast.walk(parse(source)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith('test_'):
                yield f'{pathlib.Path(source).stem}.{node.name}', node


def list_ids(test: ast.FunctionDef) -> list[str]:
    """Return the ids that a test's decorators give it."""
    return [ast.literal_eval(one.args[0]) for one in test.decorator_list
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
            and one.func.attr == 'idempotent_id']


@ddt.ddt
class TestImports(base.TestCase):
    def list_imports(self, source: str) -> Iterator[str]:
        for node in ast.walk(parse(source)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                self.assertEqual(0, node.level, 'a relative import')
                yield str(node.module)

    @ddt.data(*SOURCES)
    def test_nova_and_the_rest_of_nova_ext_are_not_imported(self, source: str) -> None:
        for name in self.list_imports(source):
            first = name.split('.')[0]
            self.assertTrue(first in sys.stdlib_module_names or any(
                name == allowed or name.startswith(f'{allowed}.') for allowed in ALLOWED), name)


class TestTests(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tests = list(list_tests())

    def test_each_test_has_one_id(self) -> None:
        self.assertEqual([], [name for name, test in self.tests if len(list_ids(test)) != 1])
        self.assertGreater(len(self.tests), 50)

    def test_ids_are_random_uuids_and_unique(self) -> None:
        ids = [found for _, test in self.tests for found in list_ids(test)]
        self.assertEqual([], [found for found, count in Counter(ids).items() if count > 1])
        for found in ids:
            self.assertEqual(found, str(uuid.UUID(found)))
            self.assertEqual(4, uuid.UUID(found).version)

    def test_each_test_has_a_docstring(self) -> None:
        self.assertEqual([], [name for name, test in self.tests if not ast.get_docstring(test)])
