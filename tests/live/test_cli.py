# SPDX-License-Identifier: Apache-2.0
"""The commands as people type them, beside the API's answers and the guest's own words."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import operating
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.openstack_client import OpenStack

HOST, OTHER_HOST = f'stack{PLUGIN_HOST}', f'stack{OTHER_PLUGIN_HOST}'

SHOW = ('server', 'diagnostics', 'show')
HOST_STATUS = ('server', 'host', 'status', 'list')
HYPERVISORS = ('hypervisor', 'status', 'list')


@pytest.fixture(scope='module')
def openstack() -> OpenStack:
    return OpenStack()


@pytest.fixture(scope='module')
def named(boot: Callable[..., Guest]) -> Guest:
    """An administrator's guest with a name of its own."""
    return boot(host=PLUGIN_HOST, flavor='duo', config_drive=True,
                name=f'cli-{uuid.uuid4().hex[:8]}')


@pytest.fixture(scope='module')
def other(boot: Callable[..., Guest]) -> Guest:
    """An administrator's server on the other host."""
    server = boot(host=OTHER_PLUGIN_HOST, name=f'cli-{uuid.uuid4().hex[:8]}', wait=False)
    server.wait_status('ACTIVE')
    return server


@pytest.fixture(scope='module')
def members(member: Api) -> Iterator[Guest]:
    """A member's server, wherever."""
    guest = Guest.boot(member, name=f'cli-{uuid.uuid4().hex[:8]}', wait=False)
    try:
        guest.wait_status('ACTIVE')
        yield guest
    finally:
        guest.delete()


def _name(guest: Guest) -> str:
    return str(guest.show()['name'])


@pytest.mark.essential
def test_figures_are_the_apis_and_true(openstack: OpenStack, api: Api, named: Guest) -> None:
    before = api.diagnostics(named.id)
    named.ask('write 4096')
    said = openstack.json(*SHOW, _name(named))
    after = api.diagnostics(named.id)
    assert list(said) == list(after)
    for key in ('state', 'driver', 'hypervisor', 'hypervisor_os', 'num_cpus', 'num_nics',
                'num_disks', 'config_drive', 'disk_details'):
        assert said[key] == after[key]
    assert before['uptime'] <= said['uptime'] <= after['uptime']
    assert said['memory_details']['maximum'] == 160
    written = (said['disk_details'][0]['write_bytes'] - before['disk_details'][0]['write_bytes'])
    assert written == 4096 * 1024
    assert said['disk_details'][0]['errors_count'] is None
    meminfo = named.meminfo()
    used = (meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024
    assert said['memory_details']['used'] == pytest.approx(used, rel=0.2)
    for then, now, later in zip(*(answer['cpu_details'] for answer in (before, said, after))):
        assert then['time'] <= now['time'] <= later['time']


def test_people_read_units(openstack: OpenStack, api: Api, named: Guest) -> None:
    [[port]] = named.show()['addresses'].values()
    said = openstack.table(*SHOW, named.id)
    plain = {row['Field']: row['Value'] for row in said if 'Field' in row}
    assert plain['state'] == 'running'
    assert 's' in plain['uptime'].split()
    assert ' of 160 MiB (' in plain['memory_details']
    assert plain['config_drive'] == 'yes'
    cpus = [row for row in said if 'vCPU' in row]
    assert [cpu['vCPU'] for cpu in cpus] == ['0', '1']
    assert named.ask('cpustat').count('; cpu') == len(cpus)  # the guest's own /proc/stat
    assert all(cpu['Use'].endswith(' %') for cpu in cpus)
    received, sent = (row for row in said if 'NIC' in row)
    assert received['NIC'] == port['OS-EXT-IPS-MAC:mac_addr']
    assert (received['Direction'], sent['NIC'], sent['Direction']) == ('received', '', 'sent')
    assert received['Rate'].endswith('B/s')
    disk = next(row for row in said if 'Disk' in row)
    written = api.diagnostics(named.id)['disk_details'][0]['write_bytes']
    assert disk['Written'] == (f'{written / 1024 ** 2:.1f} MiB' if written else '0 B')
    assert disk['Errors'] == '-'


def test_personas(openstack: OpenStack, members: Guest, named: Guest) -> None:
    member, name = OpenStack('member'), _name(members)
    assert member.refused(*SHOW, name) == (
        "Policy doesn't allow nova_ext:diagnostics:show to be performed. (HTTP 403)")
    assert _name(named) in member.refused(*SHOW, _name(named))  # not theirs: not found
    assert OpenStack('reader').refused(*HYPERVISORS) == (
        "Policy doesn't allow os_compute_api:os-hypervisors:list-detail to be performed. "
        '(HTTP 403)')
    assert openstack.refused(*SHOW, name) == f'No Server found for {name}'
    assert openstack.json(*SHOW, name, '--all-projects')['state'] == 'running'


def test_who_may_not_see_the_status_of_hosts(members: Guest) -> None:
    done = OpenStack('member').run(*HOST_STATUS, '-f', 'json')
    assert done.returncode == 0
    assert '"Host Status": null' in done.stdout
    assert done.stderr == ('You may not see the status of hosts: that needs the rule '
                           'os_compute_api:servers:show:host_status.\n')


def _servers(openstack: OpenStack, *words: str) -> dict[str, dict[str, Any]]:
    listed = openstack.json(*HOST_STATUS, '--all-projects', *words)
    return {server['ID']: server for server in listed}


def test_servers_by_the_status_of_their_hosts(
        openstack: OpenStack, api: Api, named: Guest, other: Guest) -> None:
    with operating.forced_down(api, OTHER_HOST), operating.announced(api, HOST, 'true'):
        down = _servers(openstack, '--host-status', 'DOWN')
        assert set(down) == {server['id'] for server in api.get(
            f'/servers/detail?all_tenants=1&host={OTHER_HOST}')['servers']}
        either = _servers(openstack, '--host-status', 'down', '--host-status',
                          'NEEDS_MAINTENANCE', '--long')
    assert down[other.id]['Host Status'] == 'DOWN'
    assert named.id not in down
    row = either[named.id]
    assert (row['Host Status'], row['Host'], row['Power State']) == ('NEEDS_MAINTENANCE', HOST, 1)
    assert row['Host Maintenance'] == {'start': None, 'end': None}
    assert either[other.id]['Host Status'] == 'DOWN'


def test_pages_of_servers(openstack: OpenStack, api: Api, named: Guest, members: Guest) -> None:
    everything = [server['id'] for server in api.get('/servers?all_tenants=1')['servers']]
    assert list(_servers(openstack)) == everything
    assert list(_servers(openstack, '--limit', '1')) == everything[:1]
    assert list(_servers(openstack, '--marker', everything[0])) == everything[1:]


def test_hypervisors(openstack: OpenStack, api: Api) -> None:
    with operating.disabled(api, OTHER_HOST, 'new fans'):
        listed = openstack.json(*HYPERVISORS, '--long')
        disabled = openstack.json(*HYPERVISORS, '--status', 'disabled', '--state', 'up')
    answers = api.get('/os-hypervisors/detail', nova_ext='1.1')['hypervisors']
    assert [row['ID'] for row in listed] == [one['id'] for one in answers]
    by_name = {row['Hypervisor Hostname']: row for row in listed}
    assert by_name[HOST]['Status'] == 'enabled'
    assert by_name[HOST]['Disabled Reason'] is None
    assert by_name[HOST]['Forced Down'] is False
    assert by_name[HOST]['Missing Records'] == []
    assert by_name[HOST]['Last Seen Up'] <= next(
        one['last_seen_up'] for one in answers if one['hypervisor_hostname'] == HOST)
    [row] = disabled
    assert (row['Hypervisor Hostname'], row['State'], row['Status'], row['Disabled Reason']) == (
        OTHER_HOST, 'up', 'disabled', 'new fans')


def test_the_compute_version_is_the_persons(openstack: OpenStack) -> None:
    listed = openstack.json('--os-compute-api-version', '2.52', *HYPERVISORS)
    assert all(isinstance(row['ID'], int) for row in listed)


@pytest.mark.parametrize('words', [(*SHOW, 'SERVER'), HOST_STATUS, HYPERVISORS])
def test_a_cloud_without_nova_ext_says_so(
        stock_api: Api, named: Guest, words: tuple[str, ...]) -> None:
    said = OpenStack(stock=True).refused(
        *(named.id if word == 'SERVER' else word for word in words))
    assert said.startswith('This cloud has no nova-ext: ')
    assert 'Ask its operator to install it, or see `openstack ' in said


def test_a_name_that_two_servers_have(
        openstack: OpenStack, other: Guest, boot: Callable[..., Guest]) -> None:
    name = _name(other)
    boot(host=PLUGIN_HOST, name=name, wait=False)
    said = openstack.refused(*SHOW, name)
    assert name in said and 'More than one' in said


def test_novaclient(named: Guest, api: Api) -> None:
    nova = OpenStack()
    said = nova.say('ext-diagnostics', _name(named), program='nova')
    assert ' of 160 MiB (' in said
    assert api.diagnostics(named.id)['nic_details'][0]['mac_address'] in said
    listed = nova.say('ext-host-status-list', '--host-status', 'UP', program='nova')
    assert named.id in listed and '| UP ' in listed
    assert HOST in nova.say('ext-hypervisor-status-list', '--state', 'up', program='nova')
