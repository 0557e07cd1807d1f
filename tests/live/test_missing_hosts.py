# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many hosts, of which some are down, silent or without the plugin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST, STOCK_HOST
from tests.live.timing import timed

#: ``[nova_ext] rpc_timeout``, and what a busy machine may add.
RPC_TIMEOUT = 10
SLACK = 3

LIST = '/nova-ext/diagnostics'


def _hypervisor(api: Api, host: int) -> str:
    [found] = api.get(
        f'/os-hypervisors?hypervisor_hostname_pattern=stack{host}')['hypervisors']
    return str(found['id'])


@pytest.mark.slow
@pytest.mark.essential
def test_host_without_the_plugin_is_missing(
        api: Api, guest: Guest, boot: Callable[..., Guest]) -> None:
    boot(host=STOCK_HOST, wait=False).wait_status('ACTIVE')
    host = f'stack{STOCK_HOST}'
    body = api.get(LIST, nova_ext='1.2')
    assert 'runs without nova-ext' in body['missing_hosts'][host]
    found = {one['host'] for one in body['diagnostics']}
    assert f'stack{PLUGIN_HOST}' in found and host not in found
    refused = api.request(
        'GET', f'/os-hypervisors/{_hypervisor(api, STOCK_HOST)}/diagnostics', nova_ext='1.2')
    assert refused.status_code == 503
    assert refused.json()['serviceUnavailable']['message'].startswith(
        f'Compute host {host} is unavailable: it runs without nova-ext')


@pytest.mark.slow
def test_host_whose_nova_compute_hangs_is_missing_and_waited_for_once(
        api: Api, guest: Guest, boot: Callable[..., Guest]) -> None:
    boot(host=OTHER_PLUGIN_HOST, wait=False).wait_status('ACTIVE')
    host = f'stack{OTHER_PLUGIN_HOST}'
    wait_for(f'{host} up', lambda: host_operations.show_service(api, host)['state'] == 'up')
    assert host in {one['host'] for one in api.get(LIST, nova_ext='1.2')['diagnostics']}
    with stopped(ComputeHost(OTHER_PLUGIN_HOST).pid_of('nova-compute')):
        for bound in (RPC_TIMEOUT + SLACK, SLACK):
            seconds, body = timed(lambda: api.get(LIST, nova_ext='1.2'))
            assert seconds < bound
            assert host in body['missing_hosts']
            assert guest.id in [one['server_id'] for one in body['diagnostics']]
    wait_for(f'{host} answers again', lambda: host not in api.get(
        LIST, nova_ext='1.2').get('missing_hosts', {}), timeout=90)


@pytest.mark.essential
def test_host_that_is_forced_down_is_missing_at_once(
        api: Api, guest: Guest) -> None:
    host = f'stack{PLUGIN_HOST}'
    with host_operations.forced_down(api, host):
        seconds, body = timed(lambda: api.get(f'{LIST}?host={host}', nova_ext='1.2'))
        assert seconds < SLACK
        assert body == {'diagnostics': [],
                        'missing_hosts': {host: 'an operator has forced it down'}}
        assert api.request('GET', f'/os-hypervisors/{_hypervisor(api, PLUGIN_HOST)}/diagnostics',
                           nova_ext='1.2').status_code == 503
