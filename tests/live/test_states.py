# SPDX-License-Identifier: Apache-2.0
"""Diagnostics in every power state, and the errors when they are not available."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST, STOCK_HOST

#: Seconds within which a response comes that waits for no compute host; for one it waits 10.
IMMEDIATELY = 5

STATES = ('pending', 'running', 'paused', 'shutdown', 'crashed', 'suspended')


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


def diagnostics_error(api: Api, server_id: str) -> tuple[int, str]:
    """Request diagnostics that are not available; return the status and the message."""
    response = api.request('GET', f'/servers/{server_id}/diagnostics', nova_ext='1.0')
    [fault] = response.json().values()
    assert fault['code'] == response.status_code
    return response.status_code, fault['message']


@pytest.mark.essential
def test_paused_guest_has_figures(api: Api, guest: Guest) -> None:
    guest.act('pause', until='PAUSED')
    found = api.diagnostics(guest.id)
    guest.act('unpause', until='ACTIVE')
    assert found['state'] == 'paused'
    assert found['uptime'] > 0
    assert found['cpu_details'][0]['utilisation'] is not None
    assert found['disk_details'][0]['read_bytes'] > 0


@pytest.mark.smoke
@pytest.mark.essential
def test_shut_off_guest_has_devices_and_null_figures(api: Api, guest: Guest) -> None:
    guest.act('os-stop', until='SHUTOFF')
    found = api.diagnostics(guest.id)
    guest.act('os-start', until='ACTIVE')
    assert found['state'] == 'shutdown'
    assert (found['num_cpus'], found['num_nics'], found['num_disks']) == (1, 1, 1)
    assert found['memory_details'] == {'maximum': 128, 'used': None}
    assert found['cpu_details'] == [{'id': 0, 'time': None, 'utilisation': None}]
    assert set(found['disk_details'][0].values()) == {None}
    mac = found['nic_details'][0].pop('mac_address')
    assert mac in guest.xml()
    assert set(found['nic_details'][0].values()) == {None}


@pytest.mark.slow
def test_killed_guest_is_crashed_and_can_be_started(api: Api, guest: Guest) -> None:
    guest.process.kill()
    found = wait_for('libvirt notices the end of the process', lambda: next(
        (found for found in [api.diagnostics(guest.id)] if found['state'] != 'running'), None))
    assert found['state'] == 'crashed'
    assert found['uptime'] is None
    guest.wait_status('SHUTOFF')
    guest.act('os-start', until='ACTIVE')
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_guest_has_a_state_throughout_a_hard_reboot(api: Api, guest: Guest) -> None:
    guest.act('reboot', {'type': 'HARD'})
    states = []
    deadline = time.monotonic() + 60
    while guest.show()['OS-EXT-STS:task_state'] and time.monotonic() < deadline:
        states.append(api.diagnostics(guest.id)['state'])
    guest.wait_status('ACTIVE')
    assert states and set(states) <= set(STATES)
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_nonexistent_server_is_404(api: Api) -> None:
    unknown = str(uuid.uuid4())
    status, message = diagnostics_error(api, unknown)
    assert (status, unknown in message) == (404, True)
    assert diagnostics_error(api, 'no-such-thing')[0] == 404


def test_server_without_a_host_is_409(api: Api) -> None:
    api.call('POST', '/flavors', {'flavor': {
        'id': 'huge', 'name': 'huge', 'ram': 2**24, 'vcpus': 1, 'disk': 0}})
    try:
        guest = Guest.boot(api, flavor='huge', name='nowhere', wait=False)
        try:
            assert diagnostics_error(api, guest.id)[0] == 409
            guest.wait_status('ERROR')
            status, message = diagnostics_error(api, guest.id)
            assert (status, 'on no compute host' in message) == (409, True)
        finally:
            guest.delete()
    finally:
        api.call('DELETE', '/flavors/huge')


def test_diagnostics_are_for_administrators_only(api: Api, guest: Guest) -> None:
    member_guest = Guest.boot(Api('member'), wait=False)
    try:
        for persona in ('member', 'reader'):
            status, message = diagnostics_error(Api(persona), member_guest.id)
            assert (status, 'nova_ext:diagnostics:show' in message) == (403, True)
            assert diagnostics_error(Api(persona), guest.id)[0] == 404  # of another project
        wait_for('server active', lambda: Guest(api, member_guest.id).show()['status'] == 'ACTIVE')
        assert api.diagnostics(member_guest.id)['state'] == 'running'
    finally:
        member_guest.delete()


def test_forced_down_host_is_503_immediately(
        api: Api, guest: Guest, plugin_host: ComputeHost) -> None:
    [service] = [found for found in api.get('/os-services?binary=nova-compute')['services']
                 if found['host'] == plugin_host.name]
    api.call('PUT', f'/os-services/{service["id"]}', {'forced_down': True})
    try:
        started = time.monotonic()
        status, message = diagnostics_error(api, guest.id)
        assert time.monotonic() - started < IMMEDIATELY
        assert status == 503
        assert plugin_host.name in message and 'forced it down' in message
    finally:
        api.call('PUT', f'/os-services/{service["id"]}', {'forced_down': False})
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_hanging_host_is_503_after_the_timeout_and_immediately_once_it_is_down(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=OTHER_PLUGIN_HOST)
    pid = guest.host.pid_of('nova-compute')
    with stopped(pid):
        started = time.monotonic()
        status, message = diagnostics_error(api, guest.id)
        assert 9 < time.monotonic() - started < 10 + IMMEDIATELY
        assert status == 503
        assert 'stack2' in message and 'did not answer within 10 s' in message
        wait_for('the service is down', lambda: 'last seen up' in diagnostics_error(
            api, guest.id)[1])
        started = time.monotonic()
        assert diagnostics_error(api, guest.id)[0] == 503
        assert time.monotonic() - started < IMMEDIATELY
    assert wait_for('nova-compute answers again', lambda: api.request(
        'GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0').ok)


@pytest.mark.smoke
@pytest.mark.essential
def test_host_without_the_plugin_has_the_figures_of_nova_and_null_for_others(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=STOCK_HOST)
    found = api.diagnostics(guest.id)
    assert (found['state'], found['driver']) == ('running', 'libvirt')
    assert found['memory_details'] == {'maximum': None, 'used': None}
    for field in ('uptime', 'hypervisor', 'hypervisor_os', 'num_nics', 'config_drive'):
        assert found[field] is None
    assert found['cpu_details'][0]['time'] == pytest.approx(
        1e9 * guest.process.vcpu_seconds()[0], rel=0.1)
    assert found['disk_details'][0]['errors_count'] is None
    guest.act('os-stop', until='SHUTOFF')
    found = api.diagnostics(guest.id)
    assert found.pop('state') == 'shutdown'
    assert set(found.values()) == {None}
