# SPDX-License-Identifier: Apache-2.0
"""Responses without a nova-ext version are identical to stock Nova's.

The API with the plugin and the one without serve the same data, so their responses are compared
byte for byte, except what differs between two requests to one service, such as request ids, times
and counters.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import requests

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.conftest import PLUGIN_HOST, STOCK_HOST
from tests.selection import slow_except

#: The first one, the one that standardized diagnostics, and some that clients of today request.
MICROVERSIONS = ['2.1', '2.48', '2.79', '2.96', 'latest']

_VARIABLE_HEADERS = {'date', 'x-compute-request-id', 'x-openstack-request-id', 'content-length'}

#: Figures of diagnostics that may change between two requests.
_COUNTERS = re.compile(
    rb'("(?:cpu\d+_time|time|uptime|utilisation|used|\w+_(?:bytes|requests|octets|packets|rate)|'
    rb'vd\w_\w+|tap[\w-]+|memory-[\w-]+)"): (?:-?\d+|null)')
_TIMES = re.compile(rb'\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?')
_REQUEST_IDS = re.compile(rb'req-[0-9a-f-]{36}')
_HOST_FIGURES = re.compile(rb'"uptime": " ?[^"]*"|"current_workload": \d+')
#: The APIs have different ports in links.
_PORTS = re.compile(rb':1?8774/')


def comparable(body: bytes) -> bytes:
    """Return a body without what may differ between two requests to one service."""
    body = _PORTS.sub(b':PORT/', body)
    body = _REQUEST_IDS.sub(b'REQUEST', body)
    body = _HOST_FIGURES.sub(b'FIGURE', body)
    body = _COUNTERS.sub(rb'\1: N', body)
    return _TIMES.sub(b'TIME', body)


def comparable_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value.replace(':18774/', ':8774/') for name, value in headers.items()
            if name.lower() not in _VARIABLE_HEADERS}


@pytest.fixture(scope='module')
def servers(boot: Callable[..., Guest]) -> Iterator[dict[str, str]]:
    """The ids of a server on a host with the plugin, of one on a host without it and of one that
    is shut off.
    """
    guests = {name: boot(host=host, wait=False) for name, host in (
        ('off', PLUGIN_HOST), ('plugin', PLUGIN_HOST), ('stock', STOCK_HOST))}
    for guest in guests.values():
        guest.wait_booted()
    guests['off'].act('os-stop', until='SHUTOFF')
    yield {name: guest.id for name, guest in guests.items()}


READS = [
    '/', '/servers', '/servers/detail', '/servers?host_status=UP', '/servers?nova-ext=1',
    '/servers/{plugin}', '/servers/{stock}', '/servers/no-such-server',
    '/servers/{plugin}/diagnostics', '/servers/{stock}/diagnostics', '/servers/{off}/diagnostics',
    '/servers/{plugin}/diagnostics?unknown=1', '/servers/no-such-server/diagnostics',
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors?with_servers=true',
    '/os-hypervisors/1', '/os-services', '/os-services?binary=nova-compute', '/nova-ext',
]


@pytest.mark.parametrize('compute', slow_except(MICROVERSIONS, quick=('2.1', '2.48', 'latest')))
@pytest.mark.parametrize('path', READS)
def test_get_requests_are_answered_identically(
        api: Api, stock_api: Api, servers: dict[str, str], path: str, compute: str) -> None:
    _assert_same(api, stock_api, 'GET', path.format(**servers), compute=compute)


@pytest.mark.parametrize('compute', slow_except(MICROVERSIONS, quick=('2.1', '2.48', 'latest')))
@pytest.mark.parametrize('body', [
    {'os-getConsoleOutput': {'length': 1}}, {'os-getConsoleOutput': {'length': 'x'}},
    {'os-getSerialConsole': {'type': 'vnc'}}, {'no-such-action': None},
])
def test_console_actions_are_answered_identically(
        api: Api, stock_api: Api, servers: dict[str, str], body: dict[str, Any], compute: str,
) -> None:
    for server_id in servers.values():
        _assert_same(api, stock_api, 'POST', f'/servers/{server_id}/action', body=body,
                     compute=compute)


@pytest.mark.parametrize('headers', [
    {'OpenStack-API-Version': 'compute 2.9999'}, {'OpenStack-API-Version': 'compute x'},
    {'OpenStack-API-Version': 'placement 1.0'}, {'OpenStack-API-Version': ''},
    {'X-OpenStack-Nova-API-Version': '2.48'}, {'X-Auth-Token': 'not-a-token'},
])
def test_unusual_headers_are_answered_identically(
        api: Api, stock_api: Api, servers: dict[str, str], headers: dict[str, str]) -> None:
    _assert_same(api, stock_api, 'GET', f'/servers/{servers["plugin"]}/diagnostics',
                 compute=None, headers=headers)


@pytest.mark.parametrize('compute', ['2.1', '2.48'])
def test_stock_api_returns_the_same_diagnostics_fields_from_both_kinds_of_hosts(
        stock_api: Api, servers: dict[str, str], compute: str) -> None:
    """A host with the plugin returns the same keys as one without, and corrected figures."""
    ours, theirs = (stock_api.get(f'/servers/{servers[host]}/diagnostics', compute=compute)
                    for host in ('plugin', 'stock'))
    assert _keys(ours) == _keys(theirs)
    if compute == '2.48':
        assert (theirs['memory_details'], theirs['hypervisor_os']) == (
            {'maximum': 0, 'used': 0}, 'linux')
        assert (ours['memory_details']['maximum'], ours['hypervisor_os']) == (128, 'debian')


def _keys(found: Any) -> Any:
    """Return the keys in their order, without the names of tap devices."""
    if isinstance(found, dict):
        return [(re.sub('^tap[^_]+', 'tap', key), _keys(value)) for key, value in found.items()]
    return [_keys(item) for item in found] if isinstance(found, list) else None


def _assert_same(api: Api, stock_api: Api, method: str, path: str, **options: Any) -> None:
    for seconds in (0, 0, 1, 3):  # a state may change between the two requests, but not every time
        time.sleep(seconds)
        ours, theirs = (one.request(method, path, **options) for one in (api, stock_api))
        if _comparable_response(ours) == _comparable_response(theirs):
            break
    assert _comparable_response(ours) == _comparable_response(theirs)
    assert theirs.status_code < 500 or ours.status_code == theirs.status_code


def _comparable_response(response: requests.Response) -> tuple[int, bytes, dict[str, str]]:
    return (response.status_code, comparable(response.content),
            comparable_headers(response.headers))
