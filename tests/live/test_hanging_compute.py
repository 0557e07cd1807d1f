# SPDX-License-Identifier: Apache-2.0
"""A nova-compute that hangs, while Nova still takes it for up: no list waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.process import stopped
from tests.live import nova_api, operating
from tests.live.asking import timed
from tests.live.conftest import OTHER_PLUGIN_HOST

#: Seconds. Nova would wait 60 for the host's answer; with a thousand hypervisors ours takes less
#: than one, and a busy machine some.
NORMAL = 20

HOST = f'stack{OTHER_PLUGIN_HOST}'


@pytest.fixture
def hanging(api: Api) -> Iterator[None]:
    pid = ComputeHost(OTHER_PLUGIN_HOST).service('nova-compute').pid()
    assert pid is not None
    wait_for(f'{HOST} up', lambda: operating.service(api, HOST)['state'] == 'up')
    with stopped(pid):
        yield
    wait_for(f'{HOST} up', lambda: operating.service(api, HOST)['state'] == 'up')


@pytest.mark.usefixtures('hanging')
@pytest.mark.parametrize('path', [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/detail?with_servers=true',
    '/servers/detail?limit=100&all_tenants=1', '/servers/detail?host_status=UP&limit=100'])
def test_lists_answer_in_their_normal_time(api: Api, path: str) -> None:
    for compute in ('2.53', '2.88', '2.90'):
        _ask_in_time(api, path, compute=compute, nova_ext='1.1')


@pytest.mark.usefixtures('hanging')
def test_one_hypervisor_is_shown_with_its_stored_uptime(api: Api) -> None:
    [found] = api.get(f'/os-hypervisors?hypervisor_hostname_pattern={HOST}')['hypervisors']
    seconds, answer = timed(lambda: api.get(
        f'/os-hypervisors/{found["id"]}', compute='2.88', nova_ext='1.0'))
    assert seconds < NORMAL
    assert 'load average' in answer['hypervisor']['uptime']


def test_stock_requests_do_not_wait_either_when_nova_ext_serves_them(
        api: Api, request: pytest.FixtureRequest) -> None:
    with nova_api.configured(nova_ext={'serve_stock_hypervisors': 'true'}):
        request.getfixturevalue('hanging')
        for compute in ('2.1', '2.87', '2.88', '2.90'):
            _ask_in_time(api, '/os-hypervisors/detail', compute=compute)


def _ask_in_time(api: Api, path: str, compute: str, nova_ext: str | None = None) -> None:
    seconds, answer = timed(lambda: api.request(
        'GET', path, compute=compute, nova_ext=nova_ext))
    assert answer.status_code == 200, answer.text
    assert seconds < NORMAL
