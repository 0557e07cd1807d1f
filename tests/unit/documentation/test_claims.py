# SPDX-License-Identifier: Apache-2.0
"""Every claim of the documentation names a test, and that test exists."""

from __future__ import annotations

import ast
import csv
import functools
import pathlib
import re

from sandbox import settings
from tests.unit import base
from tools.documentation import blocks

CLAIMS = blocks.SOURCES / 'contributor/claims.csv'

#: Where tests are, by the first folder of their path in the table.
FOLDERS = {
    **{name: settings.CHECKOUT / 'tests' / name
       for name in ('clients', 'containers', 'deb', 'ironic', 'live', 'packaging', 'unit',
                    'vmware')},
    'tempest': settings.CHECKOUT / 'nova_ext/tempest_plugin/tests',
}


def find_problem(test: str) -> str | None:
    """Return what is wrong with a test's name in the table, None if there is such a test."""
    path, *names = test.split('::')
    folder, _, rest = path.partition('/')
    module = FOLDERS.get(folder, pathlib.Path('/nowhere')) / rest
    if not module.is_file():
        return f'{test}: there is no module {path}'
    if '.'.join(names) not in _tests(module):
        return f'{test}: there is no such test in {path}'
    return None


@functools.cache
def _tests(module: pathlib.Path) -> frozenset[str]:
    """Return the test functions of a module, and the methods as ``Class.method``."""
    found: set[str] = set()
    for node in ast.parse(module.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f'{node.name}.{method.name}' for method in node.body
                      if isinstance(method, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition('.')[2].startswith('test_'))


class TestClaims(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        with CLAIMS.open(newline='') as file:
            self.rows = list(csv.DictReader(file))

    def test_every_claim_has_tests_that_exist(self) -> None:
        self.assertGreater(len(self.rows), 100)
        problems: list[str | None] = []
        for row in self.rows:
            tests = re.findall(r'``(.+?)``', row['tests'])
            problems += [find_problem(test) for test in tests] if tests else [
                f'{row["claim"]}: there is no test']
        self.assertEqual([], [problem for problem in problems if problem])

    def test_no_claim_stands_twice(self) -> None:
        claims = [row['claim'] for row in self.rows]
        self.assertEqual(sorted(set(claims)), sorted(claims))

    def test_unknown_test_is_found(self) -> None:
        here = 'unit/documentation/test_claims.py'
        self.assertIsNone(find_problem(f'{here}::TestClaims::test_unknown_test_is_found'))
        for name in (f'{here}::TestClaims::test_x', f'{here}::find_problem',
                     'live/test_x.py::test_x', 'nowhere/test_claims.py::test_x'):
            self.assertIsNotNone(find_problem(name), name)
