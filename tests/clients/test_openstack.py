# SPDX-License-Identifier: Apache-2.0
"""Every command for OpenStackClient with every option, and its errors."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from nova_ext.api import microversions
from nova_ext.api.views import diagnostics as view
from tests.clients.conftest import ADMIN_PROJECT, Clients, Cloud
from tests.fixtures import figures

SHOW = ('openstack', 'server', 'diagnostics', 'show')
HOST_STATUS = ('openstack', 'server', 'host', 'status', 'list')
HYPERVISORS = ('openstack', 'hypervisor', 'status', 'list')

WINDOW = {'start': '2036-12-01T02:00:00Z', 'end': '2036-12-01T06:00:00Z', 'reason': None}


def read_json(clients: Clients, *words: str) -> Any:
    """Return what a command prints as JSON."""
    return json.loads(clients.output(*words, '-f', 'json'))


def list_names(clients: Clients, *words: str) -> list[str]:
    """Return the names in a list of servers."""
    return [row['Name'] for row in read_json(clients, *HOST_STATUS, *words)]


def test_diagnostics_in_json_are_those_of_the_api(clients: Clients, cloud: Cloud) -> None:
    for server, expected in (
            ('web1', figures.running()), (cloud.web1, figures.running()),
            ('web2 (b|', figures.shut_off())):
        assert read_json(clients, *SHOW, server) == view.show(
            expected, lambda version: version in microversions.VERSIONS)


def test_diagnostics_in_tables_have_units(clients: Clients) -> None:
    shown = clients.output(*SHOW, 'web1')
    for line in (
            '| uptime         | 1 h 00 min            |',
            '| memory_details | 256 of 512 MiB (50 %) |',
            '| config_drive   | yes                   |',
            '| 0    | 15 % | 17.3 s | 0.2 s   | -      |',
            '| fa:16:3e:4e:0f:00 | received  | 300 B/s | 2.0 MiB   | 26701   | 0      | 0       |',
            '| vda  | 256.0 KiB | 112           | 5.5 MiB | 488            | -      |'):
        assert line in shown.splitlines()
    shown = clients.output(*SHOW, 'web2 (b|', '-c', 'cpu_details')
    assert '| 0    | -   | -    | -       | -      |' in shown


@pytest.mark.parametrize('output_format', ['yaml', 'value', 'shell'])
def test_diagnostics_in_other_formats(clients: Clients, output_format: str) -> None:
    assert '3600' in clients.output(*SHOW, 'web1', '-f', output_format, '-c', 'uptime',
                                    '-c', 'memory_details')


def test_diagnostics_of_a_server_of_another_project(clients: Clients) -> None:
    assert clients.error(*SHOW, 'other') == "There is no server with the name or ID 'other'."
    assert read_json(clients, *SHOW, 'other', '--all-projects')['state'] == 'running'


def test_host_status_list(clients: Clients, cloud: Cloud) -> None:
    rows = {row['Name']: row for row in read_json(clients, *HOST_STATUS, '--long')}
    reason = rows['web1'].pop('Host Status Reason')
    assert reason.pop('last_seen_up')
    assert reason == {'disabled': False, 'disabled_reason': None, 'forced_down': False,
                      'silent': False}
    assert rows['web1'] == {
        'ID': cloud.web1, 'Name': 'web1', 'Status': 'ACTIVE',
        'Host Status': 'NEEDS_MAINTENANCE', 'Host Maintenance': WINDOW,
        'Host Status Since': None, 'Host': 'stack1',
        'Availability Zone': 'nova', 'Power State': 1, 'Task State': None}
    assert rows['web2 (b|']['Host Status'] == 'MAINTENANCE'
    table = clients.output(*HOST_STATUS, '--long', '--sort-column', 'Host Maintenance')
    assert ' from 2036-12-01T02:00:00Z to 2036-12-01T06:00:00Z ' in table
    assert ' Running ' in table
    assert ' disabled (new fans), reporting, last seen up ' in table


def test_host_status_list_is_filtered_and_paged(clients: Clients) -> None:
    assert list_names(clients) == ['twin', 'twin', 'web2 (b|', 'web1']
    assert list_names(clients, '--host-status', 'needs_maintenance') == ['web1']
    assert len(list_names(clients, '--host-status', 'UP', '--host-status', 'MAINTENANCE')) == 3
    assert list_names(clients, '--limit', '1') == ['twin']
    assert list_names(clients, '--marker', 'web2 (b|') == ['web1']
    everything = read_json(clients, *HOST_STATUS, '--all-projects')
    assert {row['Project ID'] for row in everything} == {ADMIN_PROJECT, 'a' * 32}


def test_hypervisor_status_list(clients: Clients) -> None:
    rows = list(csv.DictReader(io.StringIO(clients.output(
        *HYPERVISORS, '--long', '-f', 'csv', '--sort-column', 'Missing Records'))))
    found = {row['Hypervisor Hostname'].partition('.')[0]: row for row in rows}
    assert found['stack2']['Disabled Reason'] == 'new fans'
    assert found['gone']['Missing Records'] == "['service']"
    table = clients.output(*HYPERVISORS, '--long')
    assert ' from 2036-12-01T02:00:00Z to 2036-12-01T06:00:00Z ' in table
    assert '| gone.example.org    | down  | -        | -               | -   ' in table


@pytest.mark.parametrize('options, expected', [
    (('--state', 'up'), ['stack1', 'stack2']), (('--status', 'disabled'), ['stack2']),
    (('--state', 'down', '--status', 'enabled'), []),
    (('--host', 'stack1', '--host', 'gone'), ['stack1', 'gone']),
    (('--availability-zone', 'nova', '--status', 'disabled'), ['stack2'])])
def test_hypervisor_status_list_is_filtered(
        clients: Clients, options: tuple[str, ...], expected: list[str]) -> None:
    assert [row['Hypervisor Hostname'].partition('.')[0]
            for row in read_json(clients, *HYPERVISORS, *options)] == expected


@pytest.mark.parametrize('asked, sent', [((), '2.88'), (('2.52',), '2.52'), (('2.90',), '2.90')])
def test_compute_version_is_the_one_that_is_asked_for(
        clients: Clients, cloud: Cloud, asked: tuple[str, ...], sent: str) -> None:
    clients.output('openstack', *(f'--os-compute-api-version={version}' for version in asked),
                   *HYPERVISORS[1:])
    assert cloud.api.requests[-1].version == f'compute {sent}, nova-ext 1.2'


def test_errors_are_one_sentence(clients: Clients, cloud: Cloud) -> None:
    assert clients.error(*SHOW, 'nowhere') == "There is no server with the name or ID 'nowhere'."
    assert clients.error(*SHOW, 'twin') == (
        "More than one server is called 'twin': say which by its ID.")
    assert clients.error(*HOST_STATUS, '--marker', 'nowhere').startswith('There is no server')
    assert clients.as_user('member').error(*SHOW, 'other') == (
        "Policy doesn't allow nova_ext:diagnostics:show to be performed. (HTTP 403)")
    done = clients.as_user('member').run(*HOST_STATUS)
    assert 'You may not see the status of hosts' in done.stderr


@pytest.mark.parametrize('words', [(*SHOW, 'web1'), HOST_STATUS, HYPERVISORS])
def test_cloud_without_nova_ext_is_told(
        clients: Clients, cloud: Cloud, monkeypatch: pytest.MonkeyPatch,
        words: tuple[str, ...]) -> None:
    monkeypatch.setattr(cloud.api, 'app', cloud.api.stock_app)
    assert clients.error(*words).startswith('This cloud has no nova-ext: ')


@pytest.mark.parametrize('words', [SHOW, HOST_STATUS, HYPERVISORS])
def test_command_has_help(clients: Clients, words: tuple[str, ...]) -> None:
    assert clients.output(*words, '--help').startswith(f'usage: {" ".join(words)} ')
