# SPDX-License-Identifier: Apache-2.0
"""Tests of what runs where."""

import dataclasses
import pathlib

import pytest

from sandbox import hosts, services
from sandbox.config import Environments
from sandbox.settings import Options

ENVIRONMENTS = Environments(
    services=pathlib.Path('/venvs/services'), nova=pathlib.Path('/venvs/nova-ext'),
    stock=pathlib.Path('/venvs/nova'))


def test_every_host_has_a_nova_compute_and_one_has_the_apis() -> None:
    found = services.all_services(Options(hosts=3), hosts.all_hosts(3), ENVIRONMENTS)
    assert {host for name, host in found if name == 'nova-compute'} == {
        'stack1', 'stack2', 'stack3'}
    assert {host for name, host in found if name == 'nova-api'} == {'stack1'}


@pytest.mark.parametrize(('options', 'plugin'), [
    (Options(), {'stack1', 'stack2'}),
    (Options(stock_host=2), {'stack1'}),
    (Options(stock=True), set()),
])
def test_a_restart_renews_the_plugin_where_it_runs(options: Options, plugin: set[str]) -> None:
    found = services.all_services(options, hosts.all_hosts(2), ENVIRONMENTS)
    assert {host for (name, host), service in found.items()
            if name == 'nova-compute' and service.plugin} == plugin


def test_the_stock_api_runs_from_the_stock_environment() -> None:
    found = services.all_services(Options(stock_api=True), hosts.all_hosts(1), ENVIRONMENTS)
    assert found['nova-api', 'stack1'].command[0].startswith('/venvs/nova-ext/')
    assert found['nova-api-stock', 'stack1'].command[0].startswith('/venvs/nova/')
    assert not found['nova-api-stock', 'stack1'].plugin


@pytest.mark.parametrize(('version', 'words', 'threads'), [
    ('26.2.2', ['--wsgi-file', '/venvs/nova-ext/bin/nova-api-wsgi'], '1'),
    ('31.3.1', ['--module', 'nova.wsgi.osapi_compute:application'], '1'),
    ('34.0.0', ['--module', 'nova.wsgi.osapi_compute:application'], '4'),
])
def test_nova_api_of_each_release(version: str, words: list[str], threads: str) -> None:
    host = hosts.Host(1)
    command = services.nova_api(Options(nova=version), host, ENVIRONMENTS, stock=False).command
    assert ' '.join(words) in ' '.join(command)
    assert command[command.index('--threads') + 1] == threads


def test_only_a_cloud_with_volumes_has_cinder_and_ceph() -> None:
    both = [services.all_services(
        Options(volumes=volumes), hosts.all_hosts(2),
        dataclasses.replace(ENVIRONMENTS, cinder=pathlib.Path('/venvs/cinder')))
        for volumes in (False, True)]
    assert set(both[1]) - set(both[0]) == {(name, 'stack1') for name in (
        'ceph-mon', 'ceph-mgr', 'ceph-osd', 'cinder-api', 'cinder-scheduler', 'cinder-volume')}
    assert not set(both[0]) - set(both[1])
