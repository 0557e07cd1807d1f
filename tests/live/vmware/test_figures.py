# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of a server on VMware, through the whole API."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from tests.live.openstack_client import OpenStackClient
from tests.live.timing import timed

if TYPE_CHECKING:
    from tests.vmware.vcenter import Vcenter

pytestmark = pytest.mark.vmware_cloud

#: Seconds that a host has for its answer, by default.
RPC_TIMEOUT = 10


def test_each_figure_is_vcenters(
        api: Api, server: Guest, running: dict[str, Any], vcenter: Vcenter) -> None:
    statistics = vcenter.machine(server.id).summary
    before = statistics.quickStats.uptimeSeconds
    known = api.diagnostics(server.id)
    after = vcenter.machine(server.id).summary.quickStats.uptimeSeconds
    assert before <= known.pop('uptime') <= after
    assert known == running
    assert (known['num_cpus'], known['num_nics'], known['num_disks']) == (2, 1, 1)
    assert known['memory_details']['maximum'] == 160
    [port] = api.get(f'/v2.0/ports?device_id={server.id}', service='neutron')['ports']
    assert known['nic_details'][0]['mac_address'] == port['mac_address']


def test_nova_answers_the_same_in_its_own_format(
        api: Api, server: Guest, running: dict[str, Any]) -> None:
    answer = api.get(f'/servers/{server.id}/diagnostics')
    assert answer.pop('uptime') > 0
    assert answer == running


def test_openstackclient_shows_it(server: Guest, running: dict[str, Any]) -> None:
    client = OpenStackClient()
    shown = client.json('server', 'diagnostics', 'show', server.id)
    assert (shown['state'], shown['driver'], shown['hypervisor_os']) == (
        'running', 'vmwareapi', 'esxi')
    row = client.output('server', 'diagnostics', 'show', server.id, '-f', 'value', '-c',
                        'num_cpus', '-c', 'num_nics', '-c', 'num_disks')
    assert row.split() == ['2', '1', '1']


@pytest.mark.parametrize(('stop', 'status', 'start', 'word'), [
    ('os-stop', 'SHUTOFF', 'os-start', 'shutdown'),
    ('suspend', 'SUSPENDED', 'resume', 'suspended')])
def test_server_that_does_not_run_has_its_state_and_devices(
        api: Api, server: Guest, running: dict[str, Any], stop: str, status: str, start: str,
        word: str) -> None:
    from tests.vmware import expected

    server.act(stop, until=status)
    try:
        assert api.diagnostics(server.id) == expected.of_stopped(running, word)
    finally:
        server.act(start, until='ACTIVE')
    assert api.diagnostics(server.id)['state'] == 'running'


@pytest.mark.parametrize('mode', ['refuse', 'hang'])
def test_rest_is_told_without_the_performance_manager(
        api: Api, server: Guest, running: dict[str, Any], vcenter: Vcenter, mode: str) -> None:
    with vcenter.performance(mode):
        seconds, known = timed(lambda: api.diagnostics(server.id))
    assert seconds < RPC_TIMEOUT
    assert known['memory_details'] == running['memory_details']
    assert [cpu['utilisation'] for cpu in known['cpu_details']] == [None, None]
    assert known['nic_details'][0]['rx_rate'] is None


def test_server_that_is_deleted_is_gone_from_vcenter(
        api: Api, boot_vmware: Callable[..., Guest], vcenter: Vcenter) -> None:
    server = boot_vmware()
    assert vcenter.machine(server.id).runtime.powerState == 'poweredOn'
    server.delete()
    assert server.id not in {one.config.instanceUuid for one in vcenter.machines()}
