# SPDX-License-Identifier: Apache-2.0
"""Rules that every module keeps: its length, its first sentence and its name."""

from __future__ import annotations

import ast
import pathlib
import sys

from tests.unit import base
from tests.unit.structure import sources

MAX_LINES = 200

#: Libraries for which a module of that name could be taken where it is imported.
LIBRARIES = frozenset({
    'cliff', 'ddt', 'eventlet', 'fixtures', 'keystoneauth1', 'libvirt', 'lxml', 'nova',
    'novaclient', 'openstack', 'packaging', 'paste', 'pip', 'pytest', 'requests', 'rich',
    'stevedore', 'stestr', 'tempest', 'testtools', 'webob', 'yaml'})

#: Names that are others' and are meant to be seen as such.
ALIKE = {
    'nova_ext/cli/novaclient.py': 'the extension of novaclient, by its name',
    'nova_ext/cmd': "as in Nova's own tree", 'tests/unit/cmd': 'as in the package',
    'nova_ext/virt/libvirt': "as in Nova's own tree",
    'tests/unit/virt/libvirt': 'as in the package',
    'nova_ext/nova_compat/libvirt.py': 'the part of Nova that it is about',
    'tests/fixtures': "as in Nova's own tree",
    'tests/fixtures/libvirt.py': 'what it stands in for',
    'tests/packaging': 'a stage of the tests', 'nova': 'the place of the shim beside Nova',
}


def get_name(module: str) -> str:
    """Return the name by which a module is imported."""
    path = pathlib.PurePath(module)
    return path.parent.name if path.stem == '__init__' else path.stem


class TestModules(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.modules = sources.modules()
        self.assertGreater(len(self.modules), 600)

    def test_none_is_long(self) -> None:
        self.assertEqual([], [
            f'{module}: {lines}' for module in self.modules
            if (lines := len(sources.read(module).splitlines())) > MAX_LINES])

    def test_each_begins_with_a_sentence(self) -> None:
        wrong = []
        for module in self.modules:
            tree = ast.parse(sources.read(module))
            first = (ast.get_docstring(tree) or '').partition('\n\n')[0]
            if tree.body and not first.rstrip().endswith(('.', ':')):
                wrong.append(module)
        self.assertEqual([], wrong)

    def test_none_has_the_name_of_a_library(self) -> None:
        taken = LIBRARIES | set(sys.stdlib_module_names)
        self.assertEqual([], [
            module for module in self.modules if get_name(module) in taken
            and module.removesuffix('/__init__.py') not in ALIKE])

    def test_exceptions_are_still_there(self) -> None:
        names = {module.removesuffix('/__init__.py') for module in self.modules}
        self.assertEqual([], [name for name in ALIKE if name not in names and name != 'nova'])
