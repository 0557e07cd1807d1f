# SPDX-License-Identifier: Apache-2.0
"""The commands from their words to what they print."""

from __future__ import annotations

import csv
import io
import json
import logging
import types
from typing import Any

import pytest

from nova_ext.cli import exceptions
from nova_ext.cli.diagnostics import ShowServerDiagnostics
from nova_ext.cli.host_status import ListServerHostStatus
from nova_ext.cli.hypervisors import ListHypervisorStatus
from nova_ext.cli.watch import command as watch_command
from tests.unit.cli.answers import body
from tests.unit.cli.conftest import Cloud

MAINTENANCE = {'start': '2026-12-01T02:00:00Z', 'end': None}


@pytest.fixture
def app(cloud: Cloud) -> Any:
    """OpenStackClient's application, as far as commands look at it."""
    compute: Any = cloud.adapter()
    compute.find_server = lambda name, **options: types.SimpleNamespace(id='7', name=name)
    connection = types.SimpleNamespace(compute=compute)
    return types.SimpleNamespace(
        stdout=io.StringIO(), stderr=io.StringIO(),
        client_manager=types.SimpleNamespace(sdk_connection=connection))


def _run(kind: Any, app: Any, *words: str) -> str:
    made = kind(app, None)
    assert made.run(made.get_parser('openstack').parse_args(words)) == 0
    return str(app.stdout.getvalue())


def test_diagnostics_as_json_are_the_apis_answer(cloud: Cloud, app: Any) -> None:
    found = body(uptime=None)
    cloud.answers['/servers/7/diagnostics'] = [(200, found)]
    assert list(json.loads(
        _run(ShowServerDiagnostics, app, 'web1', '-f', 'json')).items()) == list(found.items())


def test_diagnostics_in_tables(cloud: Cloud, app: Any) -> None:
    cloud.answers['/servers/7/diagnostics'] = [(200, body(uptime=None))]
    said = _run(ShowServerDiagnostics, app, 'web1')
    assert '| uptime         | -                     |' in said
    assert '| memory_details | 256 of 512 MiB (50 %) |' in said
    assert '| 1    | 15 % | 17.3 s |' in said
    assert ('| fa:16:3e:4e:0f:00 | received  | 300 B/s | 2.0 KiB | 12      | 0      | 1       |'
            in said)
    assert '|                   | sent      | 300 B/s |' in said
    assert '| 0    | 256.0 KiB | 112           | 1.0 KiB | 48             | -      |' in said
    assert 'cpu_details' not in said


def test_diagnostics_of_chosen_columns(cloud: Cloud, app: Any) -> None:
    cloud.answers['/servers/7/diagnostics'] = [(200, body(nic_details=None, cpu_details=[]))]
    said = _run(ShowServerDiagnostics, app, 'web1', '-c', 'nic_details', '-c', 'cpu_details',
                '-c', 'disk_details')
    assert '| nic_details | -     |' in said  # not known: no table
    assert 'vCPU' not in said  # none
    assert 'Write Requests' in said


@pytest.mark.parametrize('words', [
    ['--watch', 'x'], ['--watch', '0'], ['--watch', '0.4'], ['--watch', '-1'],
    ['--watch', '3601'], ['--watch', 'nan'], ['--watch', 'inf']])
def test_no_interval(app: Any, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ShowServerDiagnostics(app, None).get_parser('openstack').parse_args(['web1', *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(
        'openstack: error: argument --watch: ')


def test_intervals(app: Any) -> None:
    parser = ShowServerDiagnostics(app, None).get_parser('openstack')
    given = [parser.parse_args(['web1', *words]).watch for words in (
        [], ['--watch'], ['--watch', '0.5'], ['--watch=10'])]
    assert given == [None, watch_command.INTERVAL, 0.5, 10]


def test_other_formats_do_not_go_with_watching(app: Any) -> None:
    with pytest.raises(exceptions.ClientError, match=r'^--watch shows a view, or lines of JSON'):
        _run(ShowServerDiagnostics, app, 'web1', '--watch', '-f', 'yaml')


def _server(**values: Any) -> dict[str, Any]:
    return {'id': '7', 'name': 'web1', 'status': 'ACTIVE', 'host_status': 'NEEDS_MAINTENANCE',
            'host_maintenance': MAINTENANCE, 'OS-EXT-SRV-ATTR:host': 'stack1',
            'OS-EXT-AZ:availability_zone': 'nova', 'OS-EXT-STS:power_state': 1,
            'OS-EXT-STS:task_state': None, 'tenant_id': 'p1', **values}


def test_host_status(cloud: Cloud, app: Any) -> None:
    cloud.answers['/servers/detail'] = [(200, {'servers': [_server(), _server(host_status='')]})]
    said = _run(ListServerHostStatus, app, '--host-status', 'needs_maintenance', '--host-status',
                'UP', '--all-projects', '--long', '--marker', 'web0', '--limit', '5', '-f', 'csv')
    needed, none = csv.DictReader(io.StringIO(said))
    assert needed == {
        'ID': '7', 'Name': 'web1', 'Status': 'ACTIVE', 'Host Status': 'NEEDS_MAINTENANCE',
        'Host Maintenance': str(MAINTENANCE), 'Host': 'stack1', 'Availability Zone': 'nova',
        'Power State': '1', 'Task State': 'None', 'Project ID': 'p1'}
    assert none['Host Status'] == ''
    assert cloud.asked[-1][1] == {
        'host_status': ['NEEDS_MAINTENANCE', 'UP'], 'all_tenants': ['1'], 'marker': ['7'],
        'limit': ['5']}


def test_who_may_not_see_the_status_is_told_the_rule(
        cloud: Cloud, app: Any, caplog: pytest.LogCaptureFixture) -> None:
    server = _server()
    del server['host_status']
    cloud.answers['/servers/detail'] = [(200, {'servers': [server]})]
    assert '| 7  | web1 | ACTIVE | -           |' in _run(ListServerHostStatus, app)
    assert [(record.levelno, record.message) for record in caplog.records
            if record.name.startswith('nova_ext')] == [
        (logging.WARNING, 'You may not see the status of hosts: that needs the rule '
                          'os_compute_api:servers:show:host_status.')]


def _hypervisor(**values: Any) -> dict[str, Any]:
    return {'id': 'h1', 'hypervisor_hostname': 'stack1', 'state': 'up', 'status': 'disabled',
            'service': {'id': 's1', 'host': 'stack1', 'disabled_reason': 'new fans'},
            'forced_down': False, 'last_seen_up': '2026-11-21T09:30:05Z',
            'maintenance': MAINTENANCE, 'missing_records': [], **values}


def test_hypervisors(cloud: Cloud, app: Any, caplog: pytest.LogCaptureFixture) -> None:
    gone = _hypervisor(
        id='h2', status=None, state='down', service={'disabled_reason': None}, forced_down=None,
        last_seen_up=None, maintenance=None, missing_records=['service'])
    cloud.answers['/os-hypervisors/detail'] = [(200, {
        'hypervisors': [_hypervisor(), gone],
        'down_cells': [{'uuid': 'c2', 'name': 'cell2'}]})]
    said = _run(ListHypervisorStatus, app, '--long', '--state', 'up', '--status', 'disabled')
    first, second = (
        [cell.strip() for cell in line.split('|')[1:-1]] for line in said.splitlines()[3:5])
    assert first == ['h1', 'stack1', 'up', 'disabled', 'new fans', 'no', '2026-11-21T09:30:05Z',
                     'from 2026-12-01T02:00:00Z', '-']
    assert second == ['h2', 'stack1', 'down', '-', '-', '-', '-', '-', 'service']
    assert cloud.asked[-1][1] == {'state': ['up'], 'status': ['disabled']}
    assert 'The database of cell cell2 (c2) does not answer' in caplog.text


def test_long_lists_of_hypervisors_need_1_1(cloud: Cloud, app: Any) -> None:
    cloud.serves('1.0', '1.0')
    with pytest.raises(exceptions.NotServed, match=r'^--long needs nova-ext 1\.1;'):
        _run(ListHypervisorStatus, app, '--long')
