# SPDX-License-Identifier: Apache-2.0
"""Tempest's options and workspace in the sandbox."""

from __future__ import annotations

import configparser
import pathlib

import ddt

from sandbox import tempest_workspace
from sandbox.config import Environments
from sandbox.settings import Options
from sandbox.state import State
from tests.unit import base

ENVIRONMENTS = Environments(*(pathlib.Path('/venvs') / name for name in ('a', 'b', 'c')))


@ddt.ddt
class TestOptions(base.TestCase):
    def make_options(self, options: Options, image: str = '') -> dict[str, dict[str, object]]:
        """Return what tempest.conf says of a cloud with these options."""
        return tempest_workspace.options(State(options, ENVIRONMENTS, ready=True), image)

    @ddt.data(
        (Options(hosts=2), 2, True, True, False),
        (Options(hosts=1), 1, False, True, False),
        (Options(hosts=2, shared_instances=True, stock=True), 2, True, False, False),
        (Options(hosts=3, volumes=True), 3, True, True, True))
    @ddt.unpack
    def test_options_describe_the_features_of_the_cloud(
            self, options: Options, hosts: int, migration: bool, block: bool,
            volumes: bool) -> None:
        found = self.make_options(options, 'some-image')
        self.assertEqual(hosts, found['compute']['min_compute_nodes'])
        self.assertEqual('some-image', found['compute']['image_ref'])
        features = found['compute-feature-enabled']
        self.assertIs(migration, features['live_migration'])
        self.assertIs(migration, features['resize'])
        self.assertIs(block, features['block_migration_for_live_migration'])
        self.assertIs(volumes, found['service_available']['cinder'])

    def test_options_do_not_depend_on_the_plugin(self) -> None:
        self.assertEqual(
            self.make_options(Options(stock=True)), self.make_options(Options(stock=False)))


class TestWorkspace(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.make_directory()
        self.patch(tempest_workspace, 'WORKSPACE', self.workspace)
        self.patch(tempest_workspace, 'CONFIG', self.workspace / 'etc/tempest.conf')

    def test_configuration_and_directories_are_written(self) -> None:
        venv = self.workspace / 'venv'
        package = venv / 'lib/python3.11/site-packages/tempest'
        package.mkdir(parents=True)
        tempest_workspace.write({'nova_ext': {'change_hosts': True, 'command': '100%'}}, venv)
        config = configparser.RawConfigParser()
        config.read(self.workspace / 'etc/tempest.conf')
        self.assertEqual({'change_hosts': 'True', 'command': '100%'}, dict(config['nova_ext']))
        stestr = (self.workspace / '.stestr.conf').read_text()
        self.assertIn(f'test_path={package}/test_discover\n', stestr)
        for name in ('locks', 'logs'):
            self.assertTrue((self.workspace / name).is_dir(), name)

    def test_earlier_runs_are_forgotten(self) -> None:
        (self.workspace / '.stestr').mkdir()
        (self.workspace / '.stestr/0').touch()
        for _ in range(2):
            tempest_workspace.forget()
            self.assertFalse((self.workspace / '.stestr').exists())
