# SPDX-License-Identifier: Apache-2.0
"""``/os-hypervisors`` with nova-ext beside what Nova says of the same hosts."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import settings
from sandbox.client.api import Api
from tests.live import operating, seeing
from tests.live.conftest import OTHER_PLUGIN_HOST

HOST = f'stack{OTHER_PLUGIN_HOST}'
FORMS = pytest.mark.parametrize('form', ['', '/detail'])

#: Figures of Nova's that move between two requests.
_MOVING = {'uptime', 'current_workload', 'running_vms', 'vcpus_used', 'memory_mb_used',
           'free_ram_mb', 'local_gb_used', 'free_disk_gb', 'disk_available_least'}


def _real(hypervisors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the sandbox's own hosts."""
    return [found for found in hypervisors if found['hypervisor_hostname'].startswith('stack')]


def _hosts(api: Api, form: str, query: str) -> list[str]:
    found = api.get(f'/os-hypervisors{form}?{query}', nova_ext='1.1')['hypervisors']
    return [one['hypervisor_hostname'] for one in _real(found)]


@pytest.mark.essential
@FORMS
@pytest.mark.parametrize('compute', ['2.1', '2.33', '2.53', '2.87', '2.90'])
def test_the_lists_are_novas_with_more_in_them(api: Api, form: str, compute: str) -> None:
    theirs = _real(api.get(f'/os-hypervisors{form}', compute=compute)['hypervisors'])
    for nova_ext in ('1.0', '1.1'):
        answer = api.get(f'/os-hypervisors{form}', compute=compute, nova_ext=nova_ext)
        assert answer['down_cells'] == []
        ours = _real(answer['hypervisors'])
        assert [found['id'] for found in ours] == [found['id'] for found in theirs]
        for our, their in zip(ours, theirs):
            added = our.keys() - their.keys()
            in_short = set() if form else {'service'}  # why it is disabled
            assert added == in_short | (seeing.NEW_IN_1_1 if nova_ext == '1.1' else set())
            for name in their.keys() - _MOVING:
                assert our[name] == their[name]
            assert (our['state'], our['status']) == ('up', 'enabled')


@FORMS
def test_one_to_a_page(api: Api, form: str) -> None:
    expected = _hosts(api, form, 'limit=3')
    found: list[str] = []
    path = f'/os-hypervisors{form}?limit=1'
    while path and len(found) < 3:
        answer = api.get(path, nova_ext='1.1')
        found += [one['hypervisor_hostname'] for one in answer['hypervisors']]
        links = answer.get('hypervisors_links', [])
        path = links[0]['href'].removeprefix(settings.ENDPOINTS['nova']) if links else ''
    assert found == expected
    assert sorted(expected) == ['stack1', 'stack2', 'stack3']


@FORMS
def test_filters_and_pages_go_together(api: Api, form: str) -> None:
    everything = _hosts(api, form, 'limit=3')  # in the order in which they came
    enabled = [host for host in everything if host != HOST]
    with operating.disabled(api, HOST):
        query = '?limit=1&status=enabled&state=up'
        first = api.get(f'/os-hypervisors{form}{query}', nova_ext='1.1')
        assert [one['hypervisor_hostname'] for one in first['hypervisors']] == enabled[:1]
        [link] = first['hypervisors_links']
        assert 'status=enabled' in link['href'] and 'state=up' in link['href']
        second = api.get(link['href'].removeprefix(settings.ENDPOINTS['nova']), nova_ext='1.1')
        assert [one['hypervisor_hostname'] for one in second['hypervisors']] == enabled[1:2]
        assert _hosts(api, form, 'status=disabled') == [HOST]
        assert _hosts(api, form, 'status=disabled&status=enabled') == everything
        assert _hosts(api, form, 'status=disabled&state=down') == []


@FORMS
def test_filters_and_novas_parameters_go_together(api: Api, form: str) -> None:
    with operating.forced_down(api, HOST):
        assert _hosts(api, form, 'state=down&hypervisor_hostname_pattern=stack') == [HOST]
        assert _hosts(api, form, 'state=down&hypervisor_hostname_pattern=stack1') == []
        assert _hosts(api, form, 'state=down&with_servers=true') == [HOST]


def test_servers_of_a_hypervisor(api: Api, subject: seeing.Subject) -> None:
    for compute in ('2.53', '2.90'):
        found = api.get(
            f'/os-hypervisors?with_servers=true&hypervisor_hostname_pattern={subject.host}',
            compute=compute, nova_ext='1.1')['hypervisors']
        [hypervisor] = found
        assert subject.server in [server['uuid'] for server in hypervisor['servers']]


def test_the_uptime_is_the_stored_one(api: Api) -> None:
    for hypervisor in _real(api.get('/os-hypervisors/detail', compute='2.88',
                                    nova_ext='1.0')['hypervisors']):
        assert hypervisor['uptime'] is None or 'load average' in hypervisor['uptime']


@pytest.mark.parametrize('query, message', [
    ('state=sick', "Invalid query parameter state: 'sick' is not one of ['up', 'down']."),
    ('status=', "Invalid query parameter status: '' is not one of ['enabled', 'disabled'].")])
def test_unknown_values_of_filters_are_refused(api: Api, query: str, message: str) -> None:
    refused = api.request('GET', f'/os-hypervisors?{query}', nova_ext='1.1')
    assert (refused.status_code, refused.json()['badRequest']['message']) == (400, message)


@pytest.mark.parametrize('persona', ['member', 'reader'])
def test_only_administrators_see_hypervisors(persona: str) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?state=up'):
        refused = Api(persona).request('GET', path, nova_ext='1.1')
        assert refused.status_code == 403
        assert 'os_compute_api:os-hypervisors:list' in refused.json()['forbidden']['message']
