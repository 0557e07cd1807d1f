# SPDX-License-Identifier: Apache-2.0
"""Tests of what tempest.conf says of a cloud."""

from __future__ import annotations

import configparser
import pathlib

import pytest

from sandbox import tempest
from sandbox.config import Environments
from sandbox.settings import Options
from sandbox.state import State

ENVIRONMENTS = Environments(*(pathlib.Path('/venvs') / name for name in ('a', 'b', 'c')))


def _cloud(options: Options) -> State:
    return State(options, ENVIRONMENTS, ready=True)


@pytest.mark.parametrize('options, hosts, migration, block, volumes', [
    (Options(hosts=2), 2, True, True, False),
    (Options(hosts=1), 1, False, True, False),
    (Options(hosts=2, shared_instances=True, stock=True), 2, True, False, False),
    (Options(hosts=3, volumes=True), 3, True, True, True),
])
def test_the_clouds_features_are_told(
        options: Options, hosts: int, migration: bool, block: bool, volumes: bool) -> None:
    found = tempest.options(_cloud(options), 'some-image')
    assert found['compute']['min_compute_nodes'] == hosts
    assert found['compute']['image_ref'] == 'some-image'
    features = found['compute-feature-enabled']
    assert features['live_migration'] is migration
    assert features['block_migration_for_live_migration'] is block
    assert found['service_available']['cinder'] is volumes


def test_nothing_tells_whether_the_cloud_has_the_plugin() -> None:
    stock, ours = (tempest.options(_cloud(Options(stock=stock)), '') for stock in (True, False))
    assert stock == ours


def test_the_workspace_is_written(
        tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / 'venv/lib/python3.11/site-packages/tempest'
    package.mkdir(parents=True)
    monkeypatch.setattr(tempest, 'WORKSPACE', tmp_path)
    monkeypatch.setattr(tempest, 'CONFIG', tmp_path / 'etc/tempest.conf')
    tempest.write({'nova_ext': {'change_hosts': True, 'command': '100%'}}, tmp_path / 'venv')
    config = configparser.RawConfigParser()
    config.read(tmp_path / 'etc/tempest.conf')
    assert dict(config['nova_ext']) == {'change_hosts': 'True', 'command': '100%'}
    stestr = (tmp_path / '.stestr.conf').read_text()
    assert f'test_path={package}/test_discover\n' in stestr
    assert (tmp_path / 'locks').is_dir() and (tmp_path / 'logs').is_dir()


def test_no_run_has_no_results(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempest, 'WORKSPACE', tmp_path)
    assert tempest.results() == []
