# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor maintenance``, compared with Nova's aggregates and with the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.client.api import Api
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST
from tests.live.host_views import ObservedServer
from tests.live.openstack_client import OpenStackClient

HOST = f'stack{OTHER_PLUGIN_HOST}'

MAINTENANCE = ('hypervisor', 'maintenance')
WINDOW = ('--start', '2036-12-01T03:00+01:00', '--end', '2036-12-01T06:00Z')
START, END = '2036-12-01T02:00:00Z', '2036-12-01T06:00:00Z'


@pytest.fixture
def openstack() -> Iterator[OpenStackClient]:
    """The commands; nothing is announced afterwards."""
    client = OpenStackClient()
    yield client
    for host in ('stack1', HOST):
        client.run(*MAINTENANCE, 'unset', host)


def _aggregates(api: Api, host: str) -> list[dict[str, Any]]:
    return [one for one in api.get('/os-aggregates')['aggregates'] if host in one['hosts']]


def _maintenance(api: Api, host: str) -> Any:
    [found] = api.get(f'/os-hypervisors?host={host}', nova_ext='1.2')['hypervisors']
    return found['maintenance']


@pytest.mark.essential
def test_maintenance_is_announced_replaced_and_taken_back(
        openstack: OpenStackClient, api: Api) -> None:
    before = api.get('/os-aggregates')['aggregates']
    zone = host_operations.show_service(api, HOST)['zone']
    for reason in ('new switch', 'new fans'):
        assert openstack.output(*MAINTENANCE, 'set', HOST, *WINDOW, '--reason', reason) == ''
        assert _maintenance(api, HOST) == {'start': START, 'end': END, 'reason': reason}
        [aggregate] = _aggregates(api, HOST)
        assert aggregate['availability_zone'] is None
        assert aggregate['hosts'] == [HOST]
        assert host_operations.show_service(api, HOST)['zone'] == zone
        [row] = openstack.json(*MAINTENANCE, 'list')
        assert row == {'Host': HOST, 'Start': START, 'End': END, 'Reason': reason,
                       'Aggregate': aggregate['name'], 'State': 'upcoming'}
    assert _maintenance(api, 'stack1') is None
    for _ in range(2):
        assert openstack.output(*MAINTENANCE, 'unset', HOST) == ''
        assert _maintenance(api, HOST) is None
    assert api.get('/os-aggregates')['aggregates'] == before


@pytest.mark.slow
def test_servers_of_the_host_need_maintenance(
        openstack: OpenStackClient, api: Api, observed_server: ObservedServer) -> None:
    openstack.output(*MAINTENANCE, 'set', observed_server.host, *WINDOW)
    try:
        for server in observed_server.representations(api, ('2.1', '2.90'), '1.2'):
            assert server['host_status'] == 'NEEDS_MAINTENANCE'
            assert server['host_maintenance'] == {'start': START, 'end': END, 'reason': None}
    finally:
        openstack.output(*MAINTENANCE, 'unset', observed_server.host)
    for server in observed_server.representations(api, ('2.90',), '1.2'):
        assert server['host_status'] == 'UP'


@pytest.mark.slow
def test_what_an_operator_has_announced_is_listed_and_not_changed(
        openstack: OpenStackClient, api: Api) -> None:
    with host_operations.maintenance_announced(api, HOST, 'true'):
        [aggregate] = _aggregates(api, HOST)
        [row] = openstack.json(*MAINTENANCE, 'list')
        assert (row['Host'], row['Aggregate'], row['State']) == (
            HOST, aggregate['name'], 'ongoing')
        for words in (('set', HOST, *WINDOW), ('unset', HOST)):
            assert aggregate['name'] in openstack.error(*MAINTENANCE, *words)
        assert _aggregates(api, HOST) == [aggregate]


@pytest.mark.slow
def test_what_fails_leaves_nothing(openstack: OpenStackClient, api: Api) -> None:
    before = api.get('/os-aggregates')['aggregates']
    for host in ('nowhere', HOST.upper()):
        assert openstack.error(*MAINTENANCE, 'set', host, *WINDOW).endswith('(HTTP 404)')
    assert openstack.error(
        *MAINTENANCE, 'set', HOST, '--start', '2036-12-01T02:00', '--end', END).startswith(
            "--start '2036-12-01T02:00' has no time zone: ")
    assert openstack.error(
        *MAINTENANCE, 'set', HOST, '--start', END, '--end', START).startswith('--end ')
    assert api.get('/os-aggregates')['aggregates'] == before


def test_members_may_not_announce(api: Api) -> None:
    member = OpenStackClient('member')
    for words in (('set', HOST, *WINDOW), ('unset', HOST), ('list',)):
        assert 'os_compute_api:os-aggregates:index' in member.error(*MAINTENANCE, *words)
