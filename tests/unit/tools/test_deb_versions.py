# SPDX-License-Identifier: Apache-2.0
"""Versions of Debian's packages."""

from __future__ import annotations

import configparser
import pathlib
import subprocess

import ddt

from sandbox import settings
from sandbox.errors import SandboxError
from tests.unit import base
from tools.deb import versions

CHANGELOG = '''\
nova-ext (1.2.0-1) {suite}; urgency=medium

  * Something.

 -- Somebody <somebody@example.org>  Thu, 26 Nov 2026 12:00:00 +0000
'''

DATE = 'Fri, 27 Nov 2026 08:00:00 +0000'


@ddt.ddt
class TestVersions(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.tree = self.make_directory()
        self.write('UNRELEASED')

    def write(self, suite: str) -> None:
        (self.tree / 'debian').mkdir(exist_ok=True)
        (self.tree / 'debian/changelog').write_text(CHANGELOG.format(suite=suite))

    def git(self, *words: str) -> None:
        subprocess.run(
            ['git', '-C', str(self.tree), '-c', 'user.name=n', '-c', 'user.email=n@localhost',
             *words], check=True, timeout=60, capture_output=True,
            env={'PATH': '/usr/bin:/bin', 'GIT_COMMITTER_DATE': DATE, 'GIT_AUTHOR_DATE': DATE})

    def commit(self, tag: str = '') -> None:
        self.git('init', '--quiet')
        self.git('add', '--all')
        self.git('commit', '--quiet', '--allow-empty', '--message', 'one')
        if tag:
            self.git('tag', tag)

    def upstream(self) -> str:
        """The version of what would be built."""
        return versions.upstream_of(versions.changelog(self.tree))

    def test_commit_before_the_first_release_counts_commits(self) -> None:
        self.commit()
        self.commit()
        self.assertEqual('1.2.0~dev2', self.upstream())

    def test_commit_after_a_release_counts_from_there(self) -> None:
        self.commit(tag='1.1.0')
        self.commit()
        self.assertEqual('1.2.0~dev1', self.upstream())

    def test_release_has_the_changelog_as_it_is(self) -> None:
        self.commit(tag='1.2.0')
        self.assertEqual(CHANGELOG.format(suite='UNRELEASED'), versions.changelog(self.tree))

    @ddt.data('1.1.0', '1.3.0')
    def test_release_of_another_version_than_the_changelog_is_refused(self, tag: str) -> None:
        self.commit(tag=tag)
        self.assertRaisesRegex(
            SandboxError, rf'{tag}, and debian/changelog is of 1\.2\.0', self.upstream)

    def test_changelog_that_was_not_begun_anew_after_a_release_is_refused(self) -> None:
        self.commit(tag='1.2.0')
        self.commit()
        self.assertRaisesRegex(SandboxError, 'what comes next', self.upstream)

    def test_entry_of_a_commit_has_its_date_and_comes_first(self) -> None:
        self.commit()
        found = versions.changelog(self.tree)
        self.assertIn(f' -- Somebody <somebody@example.org>  {DATE}\n', found)
        self.assertEqual(DATE, versions.date_of(found))
        self.assertTrue(found.endswith(CHANGELOG.format(suite='UNRELEASED')))

    @ddt.data(('1.2.0', '1.2.0'), ('1.2.0.dev7', '1.2.0~dev7'), ('1.2.0rc1', '1.2.0~rc1'),
              ('1.2.0.0rc1.dev3', '1.2.0.0~rc1~dev3'))
    @ddt.unpack
    def test_source_distribution_has_the_version_that_pbr_wrote(
            self, written: str, expected: str) -> None:
        (self.tree / 'PKG-INFO').write_text(f'Name: nova-ext\nVersion: {written}\n\nText')
        self.assertEqual(expected, self.upstream())

    @ddt.data(('UNRELEASED', '1.2.0~dev0'), ('unstable', '1.2.0'))
    @ddt.unpack
    def test_archive_has_the_version_of_the_changelog(self, suite: str, expected: str) -> None:
        self.write(suite)
        self.assertEqual(expected, self.upstream())

    def test_changelog_is_of_the_version_that_comes_next(self) -> None:
        setup = configparser.ConfigParser()
        setup.read(settings.CHECKOUT / 'setup.cfg')
        written = pathlib.Path(settings.CHECKOUT, 'debian/changelog').read_text()
        self.assertEqual(setup['metadata']['version'], versions.upstream_of(written))
