# SPDX-License-Identifier: Apache-2.0
"""The sources of which Debian's packages are made."""

from __future__ import annotations

import pathlib

from tests.unit import base
from tools.deb import sources


class TestSources(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        self.tree, self.copy = folder / 'tree', folder / 'copy'
        for name in ('.gitignore', 'tracked', 'folder/script', 'dist/wheel', 'debian/real'):
            path = self.tree / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('/dist/\n')
        (self.tree / 'debian/link').symlink_to('real')
        (self.tree / 'folder/script').chmod(0o700)
        (self.tree / 'tracked').chmod(0o600)

    def files(self) -> set[str]:
        sources.copy(self.tree, self.copy)
        return {str(path.relative_to(self.copy)) for path in self.copy.rglob('*')
                if not path.is_dir()}

    def test_everything_but_what_is_ignored_is_copied(self) -> None:
        self.assertEqual({'.gitignore', 'tracked', 'folder/script', 'debian/real', 'debian/link'},
                         self.files())
        self.assertEqual(pathlib.Path('real'), (self.copy / 'debian/link').readlink())

    def test_everybody_may_read_the_copy(self) -> None:
        self.files()
        self.assertEqual([0o755, 0o755, 0o644], [
            (self.copy / name).stat().st_mode & 0o777
            for name in ('folder', 'folder/script', 'tracked')])

    def test_tree_stays_as_it_is(self) -> None:
        before = sorted(self.tree.rglob('*'))
        self.files()
        self.assertEqual(before, sorted(self.tree.rglob('*')))
