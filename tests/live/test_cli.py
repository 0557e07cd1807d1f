# SPDX-License-Identifier: Apache-2.0
"""The OpenStackClient and novaclient commands, compared with the API and with the guest."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.openstack_client import OpenStackClient

HOST, OTHER_HOST = f'stack{PLUGIN_HOST}', f'stack{OTHER_PLUGIN_HOST}'

SHOW = ('server', 'diagnostics', 'show')
HOST_STATUS = ('server', 'host', 'status', 'list')
HYPERVISORS = ('hypervisor', 'status', 'list')


@pytest.fixture(scope='module')
def openstack() -> OpenStackClient:
    return OpenStackClient()


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    """A guest with a unique name in the admin's project."""
    name = f'cli-{uuid.uuid4().hex[:8]}'
    return boot(host=PLUGIN_HOST, flavor='duo', config_drive=True, name=name)


@pytest.fixture(scope='module')
def other_server(boot: Callable[..., Guest]) -> Guest:
    """A server in the admin's project on the other host."""
    server = boot(host=OTHER_PLUGIN_HOST, name=f'cli-{uuid.uuid4().hex[:8]}', wait=False)
    server.wait_status('ACTIVE')
    return server


@pytest.fixture(scope='module')
def member_server(member_api: Api) -> Iterator[Guest]:
    """A server in the member's project, on any host."""
    guest = Guest.boot(member_api, name=f'cli-{uuid.uuid4().hex[:8]}', wait=False)
    try:
        guest.wait_status('ACTIVE')
        yield guest
    finally:
        guest.delete()


def _name(guest: Guest) -> str:
    return str(guest.show()['name'])


@pytest.mark.essential
def test_diagnostics_json_matches_api(openstack: OpenStackClient, api: Api, guest: Guest) -> None:
    before = api.diagnostics(guest.id)
    guest.ask('write 4096')
    shown = openstack.json(*SHOW, _name(guest))
    after = api.diagnostics(guest.id, 'latest')
    assert list(shown) == list(after)
    for key in ('state', 'driver', 'hypervisor', 'hypervisor_os', 'num_cpus', 'num_nics',
                'num_disks', 'config_drive', 'disk_details'):
        assert shown[key] == after[key]
    assert before['uptime'] <= shown['uptime'] <= after['uptime']
    assert shown['memory_details']['maximum'] == 160
    written = shown['disk_details'][0]['write_bytes'] - before['disk_details'][0]['write_bytes']
    assert written == 4096 * 1024
    assert shown['disk_details'][0]['errors_count'] is None
    meminfo = guest.meminfo()
    used = (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024
    assert shown['memory_details']['used'] == pytest.approx(used, rel=0.2)
    for then, now, later in zip(*(answer['cpu_details'] for answer in (before, shown, after))):
        assert then['time'] <= now['time'] <= later['time']


def test_diagnostics_table_has_units(openstack: OpenStackClient, api: Api, guest: Guest) -> None:
    [[port]] = guest.show()['addresses'].values()
    rows = openstack.table(*SHOW, guest.id)
    fields = {row['Field']: row['Value'] for row in rows if 'Field' in row}
    assert fields['state'] == 'running'
    assert 's' in fields['uptime'].split()
    assert ' of 160 MiB (' in fields['memory_details']
    assert fields['config_drive'] == 'yes'
    cpus = [row for row in rows if 'vCPU' in row]
    assert [cpu['vCPU'] for cpu in cpus] == ['0', '1']
    assert guest.ask('cpustat').count('; cpu') == len(cpus)  # the guest's own /proc/stat
    assert all(cpu['Use'].endswith(' %') for cpu in cpus)
    received, sent = (row for row in rows if 'Direction' in row)
    assert received['NIC'] == port['OS-EXT-IPS-MAC:mac_addr']
    assert (received['Direction'], sent['NIC'], sent['Direction']) == ('received', '', 'sent')
    assert received['Rate'].endswith('B/s')
    disk = next(row for row in rows if 'Written' in row)
    written = api.diagnostics(guest.id)['disk_details'][0]['write_bytes']
    assert disk['Written'] == (f'{written / 1024 ** 2:.1f} MiB' if written else '0 B')
    assert disk['Errors'] == '-'
    found = api.diagnostics(guest.id, '1.2')
    [nic] = [row for row in rows if 'Port' in row]
    assert (nic['Port'], nic['Device']) == (
        found['nic_details'][0]['port_id'], found['nic_details'][0]['device'])
    assert [row['Disk'] for row in rows if 'Boot' in row] == [
        disk['device'] for disk in found['disk_details']]


@pytest.mark.slow
def test_commands_respect_policy_and_project_scope(
        openstack: OpenStackClient, member_server: Guest, guest: Guest) -> None:
    member, name = OpenStackClient('member'), _name(member_server)
    assert member.error(*SHOW, name) == (
        "Policy doesn't allow nova_ext:diagnostics:show to be performed. (HTTP 403)")
    assert _name(guest) in member.error(*SHOW, _name(guest))  # not found: another project
    assert OpenStackClient('reader').error(*HYPERVISORS) == (
        "Policy doesn't allow os_compute_api:os-hypervisors:list-detail to be performed. "
        '(HTTP 403)')
    assert openstack.error(*SHOW, name) == f"There is no server with the name or ID '{name}'."
    assert openstack.json(*SHOW, name, '--all-projects')['state'] == 'running'


def test_host_status_list_warns_when_policy_hides_host_status(member_server: Guest) -> None:
    done = OpenStackClient('member').run(*HOST_STATUS, '-f', 'json')
    assert done.returncode == 0
    assert '"Host Status": null' in done.stdout
    assert done.stderr == ('You may not see the status of hosts: that needs the rule '
                           'os_compute_api:servers:show:host_status.\n')


def _list_servers(openstack: OpenStackClient, *words: str) -> dict[str, dict[str, Any]]:
    return {row['ID']: row for row in openstack.json(*HOST_STATUS, '--all-projects', *words)}


def test_host_status_list_filters_by_host_status(
        openstack: OpenStackClient, api: Api, guest: Guest, other_server: Guest) -> None:
    with host_operations.forced_down(api, OTHER_HOST), \
            host_operations.maintenance_announced(api, HOST, 'true'):
        down = _list_servers(openstack, '--host-status', 'DOWN')
        assert set(down) == {server['id'] for server in api.get(
            f'/servers/detail?all_tenants=1&host={OTHER_HOST}')['servers']}
        either = _list_servers(openstack, '--host-status', 'down', '--host-status',
                               'NEEDS_MAINTENANCE', '--long')
    assert down[other_server.id]['Host Status'] == 'DOWN'
    assert guest.id not in down
    row = either[guest.id]
    assert (row['Host Status'], row['Host'], row['Power State']) == ('NEEDS_MAINTENANCE', HOST, 1)
    assert row['Host Maintenance'] == {'start': None, 'end': None, 'reason': None}
    assert either[other_server.id]['Host Status'] == 'DOWN'


def test_host_status_list_limit_and_marker(
        openstack: OpenStackClient, api: Api, guest: Guest, member_server: Guest) -> None:
    everything = [server['id'] for server in api.get('/servers?all_tenants=1')['servers']]
    assert list(_list_servers(openstack)) == everything
    assert list(_list_servers(openstack, '--limit', '1')) == everything[:1]
    assert list(_list_servers(openstack, '--marker', everything[0])) == everything[1:]


@pytest.mark.parametrize('words', [(*SHOW, 'SERVER'), HOST_STATUS, HYPERVISORS])
def test_commands_report_missing_nova_ext(
        stock_api: Api, guest: Guest, words: tuple[str, ...]) -> None:
    error = OpenStackClient(stock=True).error(
        *(guest.id if word == 'SERVER' else word for word in words))
    assert error.startswith('This cloud has no nova-ext: ')
    assert 'Ask its operator to install it, or see `openstack ' in error


def test_ambiguous_server_name_is_rejected(
        openstack: OpenStackClient, other_server: Guest, boot: Callable[..., Guest]) -> None:
    name = _name(other_server)
    boot(host=PLUGIN_HOST, name=name, wait=False)
    error = openstack.error(*SHOW, name)
    assert name in error and 'More than one' in error


@pytest.mark.slow
def test_novaclient_commands(openstack: OpenStackClient, api: Api, guest: Guest) -> None:
    shown = openstack.output('ext-diagnostics', _name(guest), program='nova')
    assert ' of 160 MiB (' in shown
    assert api.diagnostics(guest.id)['nic_details'][0]['mac_address'] in shown
    listed = openstack.output('ext-host-status-list', '--host-status', 'UP', program='nova')
    assert guest.id in listed and '| UP ' in listed
    assert HOST in openstack.output('ext-hypervisor-status-list', '--state', 'up', program='nova')


@pytest.mark.slow
def test_novaclient_follows_as_long_as_somebody_reads(
        openstack: OpenStackClient, guest: Guest) -> None:
    command = openstack.command('ext-console-log-follow', _name(guest), program='nova')
    with subprocess.Popen(command, env=openstack.environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None and following.stderr is not None
        assert following.stdout.readline()
        following.stdout.close()
        assert following.wait(60) == 0
        assert 'Error' not in following.stderr.read()
