# SPDX-License-Identifier: Apache-2.0
"""Tests of the services' configuration files."""

import configparser
import dataclasses
import pathlib

import pytest

from sandbox import config, hosts, settings
from sandbox.config import Environments
from sandbox.settings import Options

ENVIRONMENTS = Environments(
    services=pathlib.Path('/venvs/services'), nova=pathlib.Path('/venvs/nova-ext'),
    stock=pathlib.Path('/venvs/nova'))


@pytest.fixture
def cloud(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An empty place for the files, and environments with a paste file of Nova."""
    monkeypatch.setattr(settings, 'CLOUD', tmp_path)
    return tmp_path


@pytest.fixture
def environments(tmp_path: pathlib.Path) -> Environments:
    """Environments that hold only what config reads of them."""
    for name in ('nova', 'nova-ext'):
        paste = tmp_path / name / 'etc/nova/api-paste.ini'
        paste.parent.mkdir(parents=True)
        paste.write_text(
            '[composite:openstack_compute_api_v21]\nkeystone = a app\n'
            '[composite:openstack_compute_api_v21_legacy_v2_compatible]\nkeystone = a app\n')
    return Environments(tmp_path / 'services', tmp_path / 'nova-ext', tmp_path / 'nova')


def read(path: pathlib.Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(path.read_text())
    return parser


def test_every_host_has_its_own_name_and_address(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(hosts=3), hosts.all_hosts(3), environments)
    for number in (1, 2, 3):
        found = read(cloud / f'etc/stack{number}/nova/nova-cpu.conf')['DEFAULT']
        assert (found['host'], found['my_ip']) == (f'stack{number}', f'10.99.0.{number}')


def test_a_compute_host_cannot_reach_the_database(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(), hosts.all_hosts(2), environments)
    for number in (1, 2):
        text = (cloud / f'etc/stack{number}/nova/nova-cpu.conf').read_text()
        assert 'mysql' not in text


def test_the_stock_host_alone_runs_the_stock_driver(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(hosts=3, stock_host=3), hosts.all_hosts(3), environments)
    parsers = [read(cloud / f'etc/stack{n}/nova/nova-cpu.conf') for n in (1, 2, 3)]
    assert [parser['DEFAULT']['compute_driver'] for parser in parsers] == [
        'nova_ext.LibvirtDriver', 'nova_ext.LibvirtDriver', 'libvirt.LibvirtDriver']
    assert [parser.has_section('nova_ext') for parser in parsers] == [True, True, False]
    assert parsers[2]['nova_sys_admin']['helper_command'] == f'{cloud}/nova/bin/privsep-helper'


def test_a_stock_cloud_knows_nothing_of_the_plugin(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(stock=True), hosts.all_hosts(2), environments)
    texts = [path.read_text() for path in (cloud / 'etc').rglob('nova*/*') if path.is_file()]
    assert texts
    assert not [text for text in texts if '[nova_ext]' in text or 'nova-ext#' in text]


def test_the_stock_api_serves_the_same_data_without_the_filter(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(stock_api=True), hosts.all_hosts(1), environments)
    ours, stock = (read(cloud / f'etc/stack1/{name}/nova.conf')
                   for name in ('nova-api', 'nova-api-stock'))
    assert ours['database'] == stock['database']
    assert ours['DEFAULT'] == stock['DEFAULT']
    assert 'nova_ext' in (cloud / 'etc/stack1/nova-api/api-paste.ini').read_text()
    assert 'nova_ext' not in (cloud / 'etc/stack1/nova-api-stock/api-paste.ini').read_text()


def test_environments_follow_the_options() -> None:
    options = Options(hosts=2, stock_host=2)
    first, second = hosts.all_hosts(2)
    assert ENVIRONMENTS.of_compute(options, first) == ENVIRONMENTS.nova
    assert ENVIRONMENTS.of_compute(options, second) == ENVIRONMENTS.stock


def test_volumes_are_configured_where_they_are(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    environments = dataclasses.replace(environments, cinder=cloud / 'cinder-venv')
    config.write(Options(volumes=True, stock_api=True), hosts.all_hosts(2), environments)
    cinder = read(cloud / 'etc/stack1/cinder/cinder.conf')
    assert cinder['ceph']['rbd_ceph_conf'] == f'{cloud}/ceph/ceph.conf'
    assert cinder['ceph']['rbd_secret_uuid'] in (cloud / 'ceph/secret.xml').read_text()
    assert cinder['DEFAULT']['api_paste_config'].startswith(f'{cloud}/cinder-venv/')
    assert not (cloud / 'etc/stack2/cinder').exists()
    for name in ('stack1/nova/nova-cpu.conf', 'stack2/nova/nova-cpu.conf',
                 'stack1/nova-api/nova.conf', 'stack1/nova-api-stock/nova.conf'):
        assert read(cloud / 'etc' / name)['cinder']['username'] == 'nova'


def test_libvirt_gets_the_key_of_the_client(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(volumes=True), hosts.all_hosts(1), environments)
    key = (cloud / 'ceph/secret.key').read_text()
    assert f'[client.cinder]\nkey = {key}\n' in (cloud / 'ceph/keyring').read_text()


def test_without_volumes_nobody_hears_of_them(
    cloud: pathlib.Path, environments: Environments,
) -> None:
    config.write(Options(), hosts.all_hosts(2), environments)
    texts = [path.read_text() for path in (cloud / 'etc').rglob('*') if path.is_file()]
    assert not [text for text in texts if 'cinder' in text or 'ceph' in text]
    assert not (cloud / 'ceph').exists()
