# SPDX-License-Identifier: Apache-2.0
"""``serve_stock_hypervisors``: requests that know nothing of nova-ext get Nova's every byte.

Nova's own answer comes from the nova-api without the plugin, which serves the same data. The
answers are compared whole but for the port, by which the two differ in links, and for ids of
requests and the date.
"""

from __future__ import annotations

import re
import time
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live import nova_api, operating
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

#: The first one, and each that changed the format or the parameters.
MICROVERSIONS = ('2.1', '2.28', '2.33', '2.53', '2.75', '2.87', '2.88', 'latest')

#: Before, no answer has the hosts' uptime in it, for which older releases ask hosts.
BEFORE_UPTIME = MICROVERSIONS[:6]

#: Paths of which Nova answers at least some versions with a list of everything.
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

#: What costs Nova some statements for each hypervisor.
FILLED = (
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?limit=7',
    '/os-hypervisors/detail?limit=5', '/os-hypervisors?with_servers=true',
    '/os-hypervisors/detail?with_servers=true',
    '/os-hypervisors/detail?hypervisor_hostname_pattern=filled-000',
    '/os-hypervisors/filled-000/search', '/os-hypervisors/filled-000/servers',
)

#: More hypervisors, left by a benchmark, cost Nova minutes: then a part is compared.
MANY = 200

_VARIABLE_HEADERS = {'date', 'x-compute-request-id', 'x-openstack-request-id', 'content-length'}
_REQUEST_ID = re.compile(rb'req-[0-9a-f-]{36}')


@pytest.fixture(scope='module')
def served(cloud: object) -> Iterator[None]:
    with nova_api.configured(nova_ext={'serve_stock_hypervisors': 'true'}):
        yield


@pytest.fixture(scope='module')
def known(api: Api, served: None) -> dict[str, Any]:
    """A hypervisor under both of its names."""
    by_id, by_uuid = (api.get('/os-hypervisors', compute=compute)['hypervisors']
                      for compute in ('2.52', '2.53'))
    [place] = [number for number, found in enumerate(by_id)
               if found['hypervisor_hostname'] == f'stack{OTHER_PLUGIN_HOST}']
    return {'id': by_id[place]['id'], 'uuid': by_uuid[place]['id']}


@pytest.fixture(scope='module')
def guests(api: Api) -> Iterator[None]:
    """Two servers on one host and none on another."""
    booted = [Guest.boot(api, host=PLUGIN_HOST, wait=False) for _ in range(2)]
    try:
        for guest in booted:
            guest.wait_status('ACTIVE')
        yield
    finally:
        for guest in booted:
            guest.delete()


@pytest.mark.essential
@pytest.mark.parametrize('compute', BEFORE_UPTIME)
@pytest.mark.parametrize('path', ['/os-hypervisors', '/os-hypervisors/detail'])
def test_lists_are_byte_identical(
        api: Api, stock_api: Api, served: None, guests: None, path: str, compute: str) -> None:
    skip_most(api, compute)
    assert_same(api, stock_api, path, compute=compute)


@pytest.mark.parametrize('compute', MICROVERSIONS)
def test_everything_is_byte_identical(
        api: Api, stock_api: Api, known: dict[str, Any], guests: None, compute: str) -> None:
    for path in OTHERS if _number(api) > MANY else LISTS + OTHERS:
        assert_same(api, stock_api, path.format(**known), compute=compute)


@pytest.mark.parametrize('compute', MICROVERSIONS)
def test_disabled_and_forced_down_are_told_identically(
        api: Api, stock_api: Api, served: None, compute: str) -> None:
    host = f'stack{OTHER_PLUGIN_HOST}'
    with operating.disabled(api, host, 'ünder repair'), operating.forced_down(api, host):
        for path in ('/os-hypervisors', '/os-hypervisors/detail'):
            assert_same(api, stock_api, f'{path}?limit=3', compute=compute)


@pytest.mark.parametrize('compute', ['2.33', '2.53', '2.88', 'latest'])
def test_pages_and_their_links_are_byte_identical(
        api: Api, stock_api: Api, served: None, compute: str) -> None:
    """Until the links end, or far enough into a database that was filled."""
    path = '/os-hypervisors/detail?limit=1'
    for _ in range(5):
        links = assert_same(api, stock_api, path, compute=compute).get('hypervisors_links')
        if not links:
            break
        path = links[0]['href'].removeprefix(settings.ENDPOINTS['nova'])
        assert urllib.parse.urlsplit(path).path == '/os-hypervisors/detail'


@pytest.mark.parametrize('persona', ['member', 'reader'])
@pytest.mark.parametrize('compute', ['2.1', '2.53', 'latest'])
def test_those_who_may_not_are_refused_identically(
        served: None, known: dict[str, Any], persona: str, compute: str) -> None:
    ours, theirs = Api(persona), Api(persona, stock=True)
    for path in (*LISTS[:4], *OTHERS):
        assert_same(ours, theirs, path.format(**known), compute=compute)


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'HEAD'])
def test_other_methods_are_novas(
        api: Api, stock_api: Api, known: dict[str, Any], method: str) -> None:
    for path in ('/os-hypervisors', '/os-hypervisors/{uuid}'):
        assert_same(api, stock_api, path.format(**known), method=method)


@pytest.mark.parametrize('headers', [
    {'OpenStack-API-Version': 'compute 2.9999'}, {'OpenStack-API-Version': 'compute x'},
    {'X-OpenStack-Nova-API-Version': '2.53'}, {'X-Auth-Token': 'not-a-token'},
    {'Accept': 'application/xml'}, {}])
def test_odd_headers_are_answered_identically(
        api: Api, stock_api: Api, served: None, headers: dict[str, str]) -> None:
    assert_same(api, stock_api, '/os-hypervisors/detail?limit=2', compute=None, headers=headers)


@pytest.mark.parametrize('compute', MICROVERSIONS)
def test_a_filled_database_is_told_identically(
        api: Api, stock_api: Api, served: None, filled: None, compute: str) -> None:
    many = _number(api) > MANY
    for path in FILLED:
        if many and 'limit=' not in path:
            continue
        assert_same(api, stock_api, path, compute=compute)


def skip_most(api: Api, compute: str) -> None:
    if compute != '2.53' and _number(api) > MANY:
        pytest.skip('A BENCHMARK HAS FILLED THE DATABASE: one version was compared, not all')


def _number(api: Api) -> int:
    return len(api.get('/os-hypervisors', nova_ext='1.0')['hypervisors'])


def assert_same(
        api: Api, stock_api: Api, path: str, *, method: str = 'GET', **options: Any) -> Any:
    """Both answer the same; returns what the plugin's API says.

    Hosts report now and then, also between the two requests, but not every time.
    """
    for seconds in (0, 0, 1, 3):
        time.sleep(seconds)
        ours, theirs = (one.request(method, path, **options) for one in (api, stock_api))
        if _comparable(ours) == _comparable(theirs):
            break
    assert _comparable(ours) == _comparable(theirs), (method, path, options)
    for answer in (ours, theirs):
        if method != 'HEAD' and 'Content-Length' in answer.headers:
            assert int(answer.headers['Content-Length']) == len(answer.content)
    return ours.json() if ours.status_code == 200 and ours.content else None


def _comparable(answer: requests.Response) -> tuple[int, bytes, dict[str, str]]:
    """An answer without what must differ."""
    body = _REQUEST_ID.sub(b'REQUEST', answer.content).replace(_authority('nova_stock'),
                                                               _authority('nova'))
    headers = {name: value for name, value in answer.headers.items()
               if name.lower() not in _VARIABLE_HEADERS}
    return answer.status_code, body, headers


def _authority(endpoint: str) -> bytes:
    """The host and port of an endpoint."""
    return urllib.parse.urlsplit(settings.ENDPOINTS[endpoint]).netloc.encode()
