# SPDX-License-Identifier: Apache-2.0
"""The environment in which the documentation is built."""

from __future__ import annotations

import pathlib
import subprocess

from sandbox import settings
from tests.unit import base
from tools import docs


class TestRoot(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        self.archive = folder / 'checkout'
        for name in docs.FOLDERS:
            (self.archive / name).mkdir(parents=True)
            (self.archive / name / 'file').write_text(name)
        self.patch(settings, 'CHECKOUT', self.archive)
        self.patch(docs, 'OUTPUT', folder / 'output')

    def git(self, folder: pathlib.Path, *arguments: str) -> str:
        done = subprocess.run(['git', '-C', str(folder), *arguments], capture_output=True,
                              text=True, check=True, timeout=60)
        return done.stdout

    def test_archive_is_built_from_a_copy_that_git_knows(self) -> None:
        root = docs.root()
        self.assertNotEqual(self.archive, root)
        self.assertEqual(
            [f'{name}/file' for name in docs.FOLDERS], self.git(root, 'ls-files').split())
        self.assertEqual('A copy\n', self.git(root, 'log', '--format=%s'))

    def test_copy_is_made_anew_each_time(self) -> None:
        docs.root()
        (self.archive / 'doc/file').write_text('new')
        (self.archive / 'etc/file').unlink()
        root = docs.root()
        self.assertEqual('new', (root / 'doc/file').read_text())
        self.assertNotIn('etc/file', self.git(root, 'ls-files'))

    def test_checkout_with_a_commit_is_built_in_place(self) -> None:
        self.git(self.archive, 'init', '-q')
        self.assertNotEqual(self.archive, docs.root())  # there is no commit yet
        self.git(self.archive, '-c', 'user.name=x', '-c', 'user.email=x@localhost', 'commit',
                 '-q', '--allow-empty', '-m', 'One')
        self.assertEqual(self.archive, docs.root())
