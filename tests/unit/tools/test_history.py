# SPDX-License-Identifier: Apache-2.0
"""How long stages took, and which passed already."""

from __future__ import annotations

import pathlib
import subprocess

import ddt

from sandbox import settings
from tests.unit import base
from tools.testing import history
from tools.testing.reports import Count


@ddt.ddt
class TestHistory(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.make_directory() / 'state/history.json'

    def open(self, digest: str = 'same') -> history.History:
        """Read the file as another run does."""
        return history.History(self.path, digest)

    def test_stage_that_never_ran_is_unknown(self) -> None:
        self.assertIsNone(self.open().seconds('test', 'live'))
        self.assertIsNone(self.open().passed('test', 'live'))

    def test_stage_that_passed_is_remembered_for_the_same_sources(self) -> None:
        self.open().record('test-all', 'live', Count(3), 12.34)
        self.assertEqual(Count(3), self.open().passed('test-all', 'live'))
        self.assertEqual(12.3, self.open().seconds('test-all', 'live'))
        self.assertIsNone(self.open('other').passed('test-all', 'live'))
        self.assertEqual(12.3, self.open('other').seconds('test-all', 'live'))

    def test_stages_of_both_kinds_are_kept_apart(self) -> None:
        self.open().record('test', 'live', Count(3), 12)
        self.assertIsNone(self.open().passed('test-all', 'live'))
        self.assertIsNone(self.open().seconds('test-all', 'live'))

    @ddt.data(Count(failed=1), Count(5, failed=1), Count(skipped=2))
    def test_stage_that_did_not_pass_is_run_again(self, count: Count) -> None:
        self.open().record('test-all', 'live', count, 1)
        self.assertIsNone(self.open().passed('test-all', 'live'))

    def test_complete_run_lets_the_next_one_begin_anew(self) -> None:
        run = self.open()
        run.record('test-all', 'live', Count(3), 1)
        run.record('test', 'live', Count(2), 1)
        run.complete('test-all')
        self.assertIsNone(self.open().passed('test-all', 'live'))
        self.assertEqual(Count(2), self.open().passed('test', 'live'))

    def test_stages_in_the_background_do_not_overwrite_each_other(self) -> None:
        foreground, background = self.open(), self.open()
        background.record('test', 'lint', Count(4), 1)
        foreground.record('test', 'unit', Count(5), 1)
        self.assertEqual(Count(4), self.open().passed('test', 'lint'))
        self.assertEqual(Count(5), self.open().passed('test', 'unit'))


class TestDigest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.checkout = self.make_directory()
        self.patch(settings, 'CHECKOUT', self.checkout)
        self.write('file', 'one')
        self.write('.gitignore', 'ignored\n')
        subprocess.run(['git', 'init', '-q', str(self.checkout)], check=True)
        subprocess.run(['git', '-C', str(self.checkout), 'add', '-A'], check=True)

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self.checkout / name
        path.write_text(text)
        return path

    def test_digest_changes_with_tracked_and_new_files_and_not_with_ignored_ones(self) -> None:
        first = history.source_digest()
        self.write('ignored', 'x')
        self.assertEqual(first, history.source_digest())
        self.write('file', 'two')
        second = history.source_digest()
        self.assertNotEqual(first, second)
        new = self.write('new', '')
        self.assertNotEqual(second, history.source_digest())
        new.unlink()
        self.assertEqual(second, history.source_digest())
