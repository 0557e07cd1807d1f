# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` with a nova-ext version, compared with Nova's responses."""

from __future__ import annotations

import urllib.parse
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import settings as sandbox_settings
from sandbox.client.api import Api
from tests.live import host_operations, host_views
from tests.live.conftest import OTHER_PLUGIN_HOST

HOST = f'stack{OTHER_PLUGIN_HOST}'
FORMS = pytest.mark.parametrize('form', ['', '/detail'])

#: Fields of Nova whose values may change between two requests.
_CHANGING = {'uptime', 'current_workload', 'running_vms', 'vcpus_used', 'memory_mb_used',
             'free_ram_mb', 'local_gb_used', 'free_disk_gb', 'disk_available_least'}


def _real(hypervisors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the hypervisors of hosts that exist, without those of a filled database."""
    return [found for found in hypervisors if found['hypervisor_hostname'].startswith('stack')]


def _hosts(api: Api, form: str, query: str) -> list[str]:
    found = api.get(f'/os-hypervisors{form}?{query}', nova_ext='1.1')['hypervisors']
    return [one['hypervisor_hostname'] for one in _real(found)]


@pytest.mark.smoke
@pytest.mark.essential
@FORMS
@pytest.mark.parametrize('compute', ['2.1', '2.33', '2.53', '2.87', '2.90'])
def test_lists_are_those_of_nova_with_added_fields(api: Api, form: str, compute: str) -> None:
    theirs = _real(api.get(f'/os-hypervisors{form}', compute=compute)['hypervisors'])
    for nova_ext in ('1.0', '1.1'):
        response = api.get(f'/os-hypervisors{form}', compute=compute, nova_ext=nova_ext)
        assert response['down_cells'] == {}
        ours = _real(response['hypervisors'])
        assert [found['id'] for found in ours] == [found['id'] for found in theirs]
        for our, their in zip(ours, theirs):
            added = our.keys() - their.keys()
            in_short_list = set() if form else {'service'}  # for its disabled_reason
            assert added == in_short_list | (
                host_views.FIELDS_OF_1_1 if nova_ext == '1.1' else set())
            for name in their.keys() - _CHANGING:
                assert our[name] == their[name]
            assert (our['state'], our['status']) == ('up', 'enabled')


@pytest.mark.slow
@FORMS
def test_pages_of_one_hypervisor_together_are_the_list(api: Api, form: str) -> None:
    expected = _hosts(api, form, 'limit=3')
    found: list[str] = []
    path = f'/os-hypervisors{form}?limit=1'
    while path and len(found) < 3:
        response = api.get(path, nova_ext='1.1')
        found += [one['hypervisor_hostname'] for one in response['hypervisors']]
        links = response.get('hypervisors_links', [])
        path = links[0]['href'].removeprefix(
            sandbox_settings.ENDPOINTS['nova']) if links else ''
    assert found == expected
    assert sorted(expected) == ['stack1', 'stack2', 'stack3']


@FORMS
def test_filtered_list_is_paged(api: Api, form: str) -> None:
    all_hosts = _hosts(api, form, 'limit=3')  # in the order of Nova
    enabled = [host for host in all_hosts if host != HOST]
    with host_operations.disabled(api, HOST):
        query = '?limit=1&status=enabled&state=up'
        first = api.get(f'/os-hypervisors{form}{query}', nova_ext='1.1')
        assert [one['hypervisor_hostname'] for one in first['hypervisors']] == enabled[:1]
        [link] = first['hypervisors_links']
        assert 'status=enabled' in link['href'] and 'state=up' in link['href']
        second = api.get(link['href'].removeprefix(
            sandbox_settings.ENDPOINTS['nova']), nova_ext='1.1')
        assert [one['hypervisor_hostname'] for one in second['hypervisors']] == enabled[1:2]
        assert _hosts(api, form, 'status=disabled') == [HOST]
        assert _hosts(api, form, 'status=disabled&status=enabled') == all_hosts
        assert _hosts(api, form, 'status=disabled&state=down') == []


@FORMS
def test_filters_are_combined_with_parameters_of_nova(api: Api, form: str) -> None:
    with host_operations.forced_down(api, HOST):
        assert _hosts(api, form, 'state=down&hypervisor_hostname_pattern=stack') == [HOST]
        assert _hosts(api, form, 'state=down&hypervisor_hostname_pattern=stack1') == []
        assert _hosts(api, form, 'state=down&with_servers=true') == [HOST]


@FORMS
def test_filters_by_place_are_as_nova_has_the_places(api: Api, form: str) -> None:
    def hosts(query: str) -> set[str]:
        found = api.get(f'/os-hypervisors{form}?{query}', nova_ext='1.2')['hypervisors']
        return {one['service']['host'] for one in _real(found)}

    assert hosts(f'host={HOST}') == hosts(f'host={HOST.upper()}') == {HOST}  # as MariaDB has it
    assert hosts(f'host={HOST}&host=stack1') == {HOST, 'stack1'}
    assert hosts('host=nowhere') == hosts('availability_zone=nowhere') == set()
    with host_operations.maintenance_announced(api, HOST, 'true'):
        for aggregate in api.get('/os-aggregates')['aggregates']:
            for value in (aggregate['id'], aggregate['uuid'], aggregate['name']):
                assert hosts(f'aggregate={value}') == {
                    host for host in aggregate['hosts'] if host.startswith('stack')}
        assert hosts(f'aggregate={aggregate["id"]}&status=enabled&state=up') == {HOST}
    for zone in api.get('/os-availability-zone/detail')['availabilityZoneInfo']:
        enabled = {host for host, services in (zone['hosts'] or {}).items()
                   if 'nova-compute' in services and host.startswith('stack')}
        assert enabled <= hosts(f'availability_zone={zone["zoneName"]}')
    refused = api.request('GET', f'/os-hypervisors{form}?aggregate=nowhere', nova_ext='1.2')
    assert (refused.status_code, refused.json()['badRequest']['message']) == (
        400, "There is no host aggregate 'nowhere'.")


@settings(max_examples=60, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(['host', 'aggregate', 'availability_zone']),
       value=st.text(st.characters(exclude_categories=['Cs']), max_size=300) | st.sampled_from(
           ['0', '-1', '2147483648', "'", '%', '\\', '\x00', 'stack1 ', '\u0661', 'x' * 255]))
def test_no_value_of_a_filter_by_place_causes_a_server_error(
        api: Api, name: str, value: str) -> None:
    response = api.request(
        'GET', f'/os-hypervisors?{urllib.parse.urlencode({name: value})}', nova_ext='1.2')
    assert response.status_code in (200, 400), response.text


def test_with_servers_lists_the_servers_of_a_hypervisor(
        api: Api, observed_server: host_views.ObservedServer) -> None:
    for compute in ('2.53', '2.90'):
        [hypervisor] = api.get(
            '/os-hypervisors?with_servers=true'
            f'&hypervisor_hostname_pattern={observed_server.host}',
            compute=compute, nova_ext='1.1')['hypervisors']
        assert observed_server.id in [server['uuid'] for server in hypervisor['servers']]


def test_uptime_is_null_or_as_reported_by_the_host(api: Api) -> None:
    for hypervisor in _real(api.get('/os-hypervisors/detail', compute='2.88',
                                    nova_ext='1.0')['hypervisors']):
        assert hypervisor['uptime'] is None or 'load average' in hypervisor['uptime']


@pytest.mark.slow
@pytest.mark.parametrize('query, message', [
    ('state=sick', "Invalid query parameter state: 'sick' is not one of ['up', 'down']."),
    ('status=', "Invalid query parameter status: '' is not one of ['enabled', 'disabled'].")])
def test_unknown_filter_value_is_refused_with_the_list_of_values(
        api: Api, query: str, message: str) -> None:
    refused = api.request('GET', f'/os-hypervisors?{query}', nova_ext='1.1')
    assert (refused.status_code, refused.json()['badRequest']['message']) == (400, message)


@pytest.mark.slow
@pytest.mark.parametrize('persona', ['member', 'reader'])
def test_only_administrators_see_hypervisors(persona: str) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?state=up'):
        refused = Api(persona).request('GET', path, nova_ext='1.1')
        assert refused.status_code == 403
        assert 'os_compute_api:os-hypervisors:list' in refused.json()['forbidden']['message']
