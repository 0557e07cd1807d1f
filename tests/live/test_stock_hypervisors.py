# SPDX-License-Identifier: Apache-2.0
"""``serve_stock_hypervisors``: responses without a nova-ext version are identical to Nova's.

Nova's response comes from the nova-api without the plugin, which serves the same data. Responses
are compared byte for byte, except the port in links, request ids and the date.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import host_operations, nova_api
from tests.live.comparing import assert_same
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.selection import slow_except

#: The first one, and each that changed the response or the parameters.
MICROVERSIONS = ('2.1', '2.28', '2.33', '2.53', '2.75', '2.87', '2.88', 'latest')

#: Without the hosts' uptime, for which older releases of Nova send RPC calls to the hosts.
BEFORE_UPTIME = MICROVERSIONS[:6]

#: Paths that list all hypervisors in at least some microversions.
LISTS = (
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?limit=1',
    '/os-hypervisors/detail?limit=2', '/os-hypervisors?limit=0', '/os-hypervisors?limit=-1',
    '/os-hypervisors?limit=x', '/os-hypervisors?limit=1&limit=2', '/os-hypervisors?marker={id}',
    '/os-hypervisors?marker={uuid}&limit=1', '/os-hypervisors/detail?marker={uuid}',
    '/os-hypervisors?marker=999999', '/os-hypervisors?unknown=1', '/os-hypervisors?state=up',
    '/os-hypervisors?status=disabled', '/os-hypervisors?with_servers=true',
    '/os-hypervisors/detail?with_servers=1', '/os-hypervisors?with_servers=maybe',
    '/os-hypervisors?hypervisor_hostname_pattern=stack',
    '/os-hypervisors/detail?hypervisor_hostname_pattern=ack2&with_servers=true',
    '/os-hypervisors?hypervisor_hostname_pattern=nobody',
    '/os-hypervisors?hypervisor_hostname_pattern=',
    '/os-hypervisors?hypervisor_hostname_pattern=stack&limit=1',
)

OTHERS = (
    '/os-hypervisors/{id}', '/os-hypervisors/{uuid}', '/os-hypervisors/0',
    '/os-hypervisors/999999', '/os-hypervisors/no-such', '/os-hypervisors/',
    '/os-hypervisors/00000000-0000-4000-8000-000000000000',
    '/os-hypervisors/{uuid}?with_servers=true', '/os-hypervisors/{id}?with_servers=true',
    '/os-hypervisors/stack/search', '/os-hypervisors/stack2/search',
    '/os-hypervisors/nobody/search', '/os-hypervisors/_tack/search',
    '/os-hypervisors/stack/servers', '/os-hypervisors/nobody/servers',
    '/os-hypervisors/statistics', '/os-hypervisors/detail/search',
)

#: Lists for which Nova executes some statements for each hypervisor.
LARGE_LISTS = (
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?limit=7',
    '/os-hypervisors/detail?limit=5', '/os-hypervisors?with_servers=true',
    '/os-hypervisors/detail?with_servers=true',
    '/os-hypervisors/detail?hypervisor_hostname_pattern=filled-000',
    '/os-hypervisors/filled-000/search', '/os-hypervisors/filled-000/servers',
)

#: With more hypervisors, as left by a benchmark, stock Nova takes minutes: fewer are compared.
MANY = 200

@pytest.fixture(scope='module')
def serve_stock_hypervisors(cloud: object) -> Iterator[None]:
    """The option is set in the nova-api with the plugin."""
    with nova_api.options_overridden(nova_ext={'serve_stock_hypervisors': 'true'}):
        yield


@pytest.fixture(scope='module')
def hypervisor(api: Api, serve_stock_hypervisors: None) -> dict[str, Any]:
    """The id of a hypervisor before microversion 2.53 and its UUID since then."""
    by_id, by_uuid = (api.get('/os-hypervisors', compute=compute)['hypervisors']
                      for compute in ('2.52', '2.53'))
    [index] = [index for index, found in enumerate(by_id)
               if found['hypervisor_hostname'] == f'stack{OTHER_PLUGIN_HOST}']
    return {'id': by_id[index]['id'], 'uuid': by_uuid[index]['id']}


@pytest.fixture(scope='module')
def guests(api: Api) -> Iterator[None]:
    """Two servers on one host; another host has none."""
    booted = [Guest.boot(api, host=PLUGIN_HOST, wait=False) for _ in range(2)]
    try:
        for guest in booted:
            guest.wait_status('ACTIVE')
        yield
    finally:
        for guest in booted:
            guest.delete()


@pytest.mark.slow
@pytest.mark.essential
@pytest.mark.parametrize('compute', BEFORE_UPTIME)
@pytest.mark.parametrize('path', ['/os-hypervisors', '/os-hypervisors/detail'])
def test_lists_are_identical(
        api: Api, stock_api: Api, serve_stock_hypervisors: None, guests: None, path: str,
        compute: str) -> None:
    if compute != '2.53' and _count_hypervisors(api) > MANY:
        pytest.skip('A BENCHMARK HAS FILLED THE DATABASE: only microversion 2.53 is compared')
    assert_same(api, stock_api, path, compute=compute)


@pytest.mark.parametrize(
    'compute', slow_except(MICROVERSIONS, quick=('2.1', '2.53', '2.88', 'latest')))
def test_all_requests_are_answered_identically(
        api: Api, stock_api: Api, hypervisor: dict[str, Any], guests: None, compute: str) -> None:
    for path in OTHERS if _count_hypervisors(api) > MANY else LISTS + OTHERS:
        assert_same(api, stock_api, path.format(**hypervisor), compute=compute)


@pytest.mark.parametrize('compute', slow_except(MICROVERSIONS, quick=('2.53', 'latest')))
def test_disabled_and_forced_down_host_is_listed_identically(
        api: Api, stock_api: Api, serve_stock_hypervisors: None, compute: str) -> None:
    host = f'stack{OTHER_PLUGIN_HOST}'
    with host_operations.disabled(api, host, 'ünder repair'), \
            host_operations.forced_down(api, host):
        for path in ('/os-hypervisors', '/os-hypervisors/detail'):
            assert_same(api, stock_api, f'{path}?limit=3', compute=compute)


@pytest.mark.parametrize(
    'compute', slow_except(('2.33', '2.53', '2.88', 'latest'), quick=('2.53', 'latest')))
def test_pages_and_links_are_identical(
        api: Api, stock_api: Api, serve_stock_hypervisors: None, compute: str) -> None:
    """Follow the links to the end, or for five pages of a filled database."""
    path = '/os-hypervisors/detail?limit=1'
    for _ in range(5):
        links = assert_same(api, stock_api, path, compute=compute).get('hypervisors_links')
        if not links:
            break
        path = links[0]['href'].removeprefix(settings.ENDPOINTS['nova'])
        assert urllib.parse.urlsplit(path).path == '/os-hypervisors/detail'


@pytest.mark.slow
@pytest.mark.parametrize('persona', ['member', 'reader'])
@pytest.mark.parametrize('compute', ['2.1', '2.53', 'latest'])
def test_unauthorized_requests_are_refused_identically(
        serve_stock_hypervisors: None, hypervisor: dict[str, Any], persona: str,
        compute: str) -> None:
    ours, theirs = Api(persona), Api(persona, stock=True)
    for path in (*LISTS[:4], *OTHERS):
        assert_same(ours, theirs, path.format(**hypervisor), compute=compute)


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'HEAD'])
def test_other_methods_are_answered_identically(
        api: Api, stock_api: Api, hypervisor: dict[str, Any], method: str) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/{uuid}'):
        assert_same(api, stock_api, path.format(**hypervisor), method=method)


@pytest.mark.slow
@pytest.mark.parametrize('headers', [
    {'OpenStack-API-Version': 'compute 2.9999'}, {'OpenStack-API-Version': 'compute x'},
    {'X-OpenStack-Nova-API-Version': '2.53'}, {'X-Auth-Token': 'not-a-token'},
    {'Accept': 'application/xml'}, {}])
def test_unusual_headers_are_answered_identically(
        api: Api, stock_api: Api, serve_stock_hypervisors: None, headers: dict[str, str]) -> None:
    assert_same(api, stock_api, '/os-hypervisors/detail?limit=2', compute=None, headers=headers)


@pytest.mark.slow
@pytest.mark.parametrize('compute', MICROVERSIONS)
def test_filled_database_is_listed_identically(
        api: Api, stock_api: Api, serve_stock_hypervisors: None, filled_database: None,
        compute: str) -> None:
    many = _count_hypervisors(api) > MANY
    for path in LARGE_LISTS:
        if many and 'limit=' not in path:
            continue
        assert_same(api, stock_api, path, compute=compute)


def _count_hypervisors(api: Api) -> int:
    return len(api.get('/os-hypervisors', nova_ext='1.0')['hypervisors'])
