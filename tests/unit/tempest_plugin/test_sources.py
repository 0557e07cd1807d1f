# SPDX-License-Identifier: Apache-2.0
"""The plugin's sources, read without Tempest: what they import, and the ids of their tests."""

from __future__ import annotations

import ast
import pathlib
import sys
import uuid
from collections import Counter
from collections.abc import Iterator

import pytest

import nova_ext

FOLDER = pathlib.Path(nova_ext.__file__).parent / 'tempest_plugin'
SOURCES = sorted(FOLDER.rglob('*.py'))

#: Besides Python's own modules. testtools is one of Tempest's requirements.
ALLOWED = {'nova_ext.tempest_plugin', 'oslo_config', 'tempest', 'testtools'}


def _imported(path: pathlib.Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f'{path}: a relative import'
            yield str(node.module)


def _tests() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each test by its name."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith('test_'):
                yield f'{path.stem}.{node.name}', node


def _ids(test: ast.FunctionDef) -> list[str]:
    """What its decorators say that its id is."""
    return [ast.literal_eval(one.args[0]) for one in test.decorator_list
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
            and one.func.attr == 'idempotent_id']


@pytest.mark.parametrize('path', SOURCES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_neither_nova_nor_the_rest_of_nova_ext_is_imported(path: pathlib.Path) -> None:
    for name in _imported(path):
        first = name.split('.')[0]
        assert first in sys.stdlib_module_names or any(
            name == allowed or name.startswith(f'{allowed}.') for allowed in ALLOWED), name


def test_each_test_has_one_id() -> None:
    wrong = [name for name, test in _tests() if len(_ids(test)) != 1]
    assert wrong == []
    assert len(list(_tests())) > 50


def test_ids_are_random_uuids_and_unique() -> None:
    ids = [found for _, test in _tests() for found in _ids(test)]
    assert [found for found, count in Counter(ids).items() if count > 1] == []
    for found in ids:
        assert str(uuid.UUID(found)) == found
        assert uuid.UUID(found).version == 4


def test_each_test_says_what_it_sees() -> None:
    assert [name for name, test in _tests() if not ast.get_docstring(test)] == []
