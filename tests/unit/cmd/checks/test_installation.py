# SPDX-License-Identifier: Apache-2.0
"""The check of the installed packages."""

from __future__ import annotations

import importlib.metadata
import logging
import pathlib
import sys

import ddt
import fixtures

from nova_ext.cmd.checks import installation
from nova_ext.cmd.services.tree import Tree
from tests.fixtures import nova_host
from tests.unit import base


@ddt.ddt
class TestInstallation(base.TestCase):
    """Folders where Python searches: ``first`` and ``second``."""

    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.directory = self.make_directory()
        self.path = [str(self.directory / name) for name in ('first', 'second', 'gone')]
        self.install('first')

    def install(self, folder: str, version: str = '1.0') -> pathlib.Path:
        """Install a version into a folder; return the folder of its package."""
        package = self.directory / folder / 'nova_ext'
        package.mkdir(parents=True, exist_ok=True)
        (package / '__init__.py').touch()
        self.add_metadata(folder, version)
        return package

    def add_metadata(self, folder: str, version: str) -> None:
        """Leave the metadata of a version in a folder."""
        metadata = self.directory / folder / f'nova_ext-{version}.dist-info'
        metadata.mkdir()
        (metadata / 'METADATA').touch()

    def check(self) -> list[tuple[int, str]]:
        """Return the level and text of each finding."""
        return [(finding.level, finding.text)
                for finding in installation.check(self.host.find(), self.path)]

    def test_one_installation_is_fine(self) -> None:
        [(level, text)] = self.check()
        self.assertEqual(logging.INFO, level)
        self.assert_matches('^nova-ext [0-9.a-z]+ is in /', text)

    def test_package_in_two_folders_is_an_error(self) -> None:
        self.install('second')
        for level, text in self.check():
            self.assertEqual(logging.ERROR, level)
            self.assertIn(f'{self.directory}/second/nova_ext', text)

    def test_metadata_of_an_older_version_is_an_error(self) -> None:
        self.add_metadata('first', '0.9')
        [(level, text)] = self.check()
        self.assertEqual(logging.ERROR, level)
        self.assertIn(f'{self.directory}/first/nova_ext-0.9.dist-info', text)

    def test_missing_metadata_is_an_error(self) -> None:
        self.useFixture(fixtures.MockPatch(
            'importlib.metadata.version', side_effect=importlib.metadata.PackageNotFoundError))
        [(level, text)] = self.check()
        self.assertEqual(logging.ERROR, level)
        self.assertIn('without its metadata', text)

    def test_folder_that_is_searched_twice_counts_once(self) -> None:
        self.path.append(self.path[0])
        (self.directory / 'link').symlink_to('first')
        self.path.append(str(self.directory / 'link'))
        self.assertEqual([logging.INFO], [level for level, _ in self.check()])

    @ddt.data('nova_ext', 'nova_ext/__init__.py', 'nova_ext-1.0.dist-info/METADATA')
    def test_what_not_everybody_may_read_is_an_error(self, name: str) -> None:
        (self.directory / 'first' / name).chmod(0o750)
        [(level, text)] = self.check()
        self.assertEqual(logging.ERROR, level)
        self.assertIn(f'chmod -R a+rX {self.directory}/first/{name.partition("/")[0]}', text)

    def test_environment_of_which_novas_part_is_closed_as_well_is_fine(self) -> None:
        self.patch(installation, '_is_novas_open', lambda: False)
        (self.directory / 'first/nova_ext/__init__.py').chmod(0o640)
        self.assertEqual([], self.check())

    def test_compiled_files_that_are_closed_are_fine(self) -> None:
        (self.directory / 'first/nova_ext/__pycache__').mkdir(0o700)
        self.assertEqual([logging.INFO], [level for level, _ in self.check()])

    @ddt.data('/opt/nova', sys.prefix)
    def test_service_of_another_environment_is_an_error(self, prefix: str) -> None:
        self.host.make_venv(prefix)
        self.patch(Tree, 'is_foreign', False)
        errors = [text for level, text in self.check() if level == logging.ERROR]
        self.assertEqual(
            [] if prefix == sys.prefix else [
                f'nova-{name} runs in /opt/nova, and this command looks at {sys.prefix}: run '
                '/opt/nova/bin/nova-ext-status.' for name in ('api', 'compute')], errors)

    def test_marks_are_files_of_this_installation(self) -> None:
        self.assertTrue(any(pathlib.Path(mark).is_file() for mark in installation.marks()))
