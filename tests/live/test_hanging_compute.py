# SPDX-License-Identifier: Apache-2.0
"""API requests while a nova-compute hangs and is still reported up: no list waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.process import stopped
from tests.live import host_operations, nova_api
from tests.live.conftest import OTHER_PLUGIN_HOST
from tests.live.timing import timed

#: Seconds: less than the 60 of Nova's RPC timeout. With a thousand hypervisors a list takes less
#: than one second; the rest is for a busy machine.
MAX_DURATION = 20

HOST = f'stack{OTHER_PLUGIN_HOST}'


@pytest.fixture
def hung_compute(api: Api) -> Iterator[None]:
    """Stop nova-compute with SIGSTOP; its service is still reported up for some seconds."""
    pid = ComputeHost(OTHER_PLUGIN_HOST).pid_of('nova-compute')
    wait_for(f'{HOST} up', lambda: host_operations.show_service(api, HOST)['state'] == 'up')
    with stopped(pid):
        yield
    wait_for(f'{HOST} up', lambda: host_operations.show_service(api, HOST)['state'] == 'up')


@pytest.mark.usefixtures('hung_compute')
@pytest.mark.parametrize('path', [
    '/os-hypervisors', '/os-hypervisors/detail', '/os-hypervisors/detail?with_servers=true',
    '/servers/detail?limit=100&all_tenants=1', '/servers/detail?host_status=UP&limit=100'])
def test_lists_do_not_wait_for_hung_compute(api: Api, path: str) -> None:
    for compute in ('2.53', '2.88', '2.90'):
        _check_duration(api, path, compute=compute, nova_ext='1.1')


@pytest.mark.usefixtures('hung_compute')
def test_hypervisor_show_returns_stored_uptime(api: Api) -> None:
    [found] = api.get(f'/os-hypervisors?hypervisor_hostname_pattern={HOST}')['hypervisors']
    seconds, answer = timed(lambda: api.get(
        f'/os-hypervisors/{found["id"]}', compute='2.88', nova_ext='1.0'))
    assert seconds < MAX_DURATION
    assert 'load average' in answer['hypervisor']['uptime']


@pytest.mark.slow
def test_stock_hypervisor_list_served_by_nova_ext_does_not_wait(
        api: Api, request: pytest.FixtureRequest) -> None:
    with nova_api.options_overridden(nova_ext={'serve_stock_hypervisors': 'true'}):
        request.getfixturevalue('hung_compute')
        for compute in ('2.1', '2.87', '2.88', '2.90'):
            _check_duration(api, '/os-hypervisors/detail', compute=compute)


def _check_duration(api: Api, path: str, compute: str, nova_ext: str | None = None) -> None:
    seconds, answer = timed(lambda: api.request(
        'GET', path, compute=compute, nova_ext=nova_ext))
    assert answer.status_code == 200, answer.text
    assert seconds < MAX_DURATION
