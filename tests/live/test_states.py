# SPDX-License-Identifier: Apache-2.0
"""An answer in every power state, and a reason when there can be none."""

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

#: Seconds within which an answer comes for which nobody waits: a host is waited for 10.
AT_ONCE = 5

STATES = ('pending', 'running', 'paused', 'shutdown', 'crashed', 'suspended')


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


def refusal(api: Api, server_id: str) -> tuple[int, str]:
    """Status and message of a request for diagnostics that is refused."""
    answer = api.request('GET', f'/servers/{server_id}/diagnostics', nova_ext='1.0')
    [fault] = answer.json().values()
    assert fault['code'] == answer.status_code
    return answer.status_code, fault['message']


@pytest.mark.essential
def test_a_paused_guest(api: Api, guest: Guest) -> None:
    guest.act('pause', until='PAUSED')
    found = api.diagnostics(guest.id)
    guest.act('unpause', until='ACTIVE')
    assert found['state'] == 'paused'
    assert found['uptime'] > 0
    assert found['cpu_details'][0]['utilisation'] is not None
    assert found['disk_details'][0]['read_bytes'] > 0


@pytest.mark.essential
def test_a_guest_that_is_shut_off(api: Api, guest: Guest) -> None:
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


def test_a_guest_whose_process_was_killed(api: Api, guest: Guest) -> None:
    guest.process.kill()
    found = wait_for('libvirt notices', lambda: next(
        (found for found in [api.diagnostics(guest.id)] if found['state'] != 'running'), None))
    assert found['state'] == 'crashed'
    assert found['uptime'] is None
    guest.wait_status('SHUTOFF')
    guest.act('os-start', until='ACTIVE')
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_a_guest_in_the_middle_of_a_hard_reboot(api: Api, guest: Guest) -> None:
    guest.act('reboot', {'type': 'HARD'})
    seen = []
    deadline = time.monotonic() + 60
    while guest.show()['OS-EXT-STS:task_state'] and time.monotonic() < deadline:
        seen.append(api.diagnostics(guest.id)['state'])
    guest.wait_status('ACTIVE')
    assert seen and set(seen) <= set(STATES)
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_a_server_that_does_not_exist_is_404(api: Api) -> None:
    unknown = str(uuid.uuid4())
    status, message = refusal(api, unknown)
    assert (status, unknown in message) == (404, True)
    assert refusal(api, 'no-such-thing')[0] == 404


def test_a_server_that_no_host_has_is_409(api: Api) -> None:
    api.call('POST', '/flavors', {'flavor': {
        'id': 'huge', 'name': 'huge', 'ram': 2**24, 'vcpus': 1, 'disk': 0}})
    try:
        nowhere = Guest.boot(api, flavor='huge', name='nowhere', wait=False)
        try:
            assert refusal(api, nowhere.id)[0] == 409
            nowhere.wait_status('ERROR')
            status, message = refusal(api, nowhere.id)
            assert (status, 'on no compute host' in message) == (409, True)
        finally:
            nowhere.delete()
    finally:
        api.call('DELETE', '/flavors/huge')


def test_only_administrators_may_see(api: Api, guest: Guest) -> None:
    theirs = Guest.boot(Api('member'), wait=False)
    try:
        for persona in ('member', 'reader'):
            status, message = refusal(Api(persona), theirs.id)
            assert (status, 'nova_ext:diagnostics:show' in message) == (403, True)
            assert refusal(Api(persona), guest.id)[0] == 404  # another project's
        wait_for('server active', lambda: Guest(api, theirs.id).show()['status'] == 'ACTIVE')
        assert api.diagnostics(theirs.id)['state'] == 'running'
    finally:
        theirs.delete()


def test_a_host_that_is_forced_down_is_503_at_once(
        api: Api, guest: Guest, plugin_host: ComputeHost) -> None:
    [service] = [found for found in api.get('/os-services?binary=nova-compute')['services']
                 if found['host'] == plugin_host.name]
    api.call('PUT', f'/os-services/{service["id"]}', {'forced_down': True})
    try:
        began = time.monotonic()
        status, message = refusal(api, guest.id)
        assert time.monotonic() - began < AT_ONCE
        assert status == 503
        assert plugin_host.name in message and 'forced it down' in message
    finally:
        api.call('PUT', f'/os-services/{service["id"]}', {'forced_down': False})
    assert api.diagnostics(guest.id)['state'] == 'running'


def test_a_host_that_hangs_is_503_within_the_bound_and_then_at_once(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=OTHER_PLUGIN_HOST)
    pid = guest.host.service('nova-compute').pid()
    assert pid is not None
    with stopped(pid):
        began = time.monotonic()
        status, message = refusal(api, guest.id)
        assert 9 < time.monotonic() - began < 10 + AT_ONCE
        assert status == 503
        assert 'stack2' in message and 'did not answer within 10 s' in message
        wait_for('its service record goes stale', lambda: 'last seen up' in refusal(
            api, guest.id)[1])
        began = time.monotonic()
        assert refusal(api, guest.id)[0] == 503
        assert time.monotonic() - began < AT_ONCE
    found = wait_for('it answers again', lambda: api.request(
        'GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0').ok)
    assert found


@pytest.mark.essential
def test_a_host_without_the_plugin_says_what_it_can(
        api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=STOCK_HOST)
    found = api.diagnostics(guest.id)
    assert (found['state'], found['driver']) == ('running', 'libvirt')
    assert found['memory_details'] == {'maximum': None, 'used': None}
    for unknowable in ('uptime', 'hypervisor', 'hypervisor_os', 'num_nics', 'config_drive'):
        assert found[unknowable] is None
    assert found['cpu_details'][0]['time'] == pytest.approx(
        1e9 * guest.process.vcpu_seconds()[0], rel=0.1)
    assert found['disk_details'][0]['errors_count'] is None
    guest.act('os-stop', until='SHUTOFF')
    stopped_guest = api.diagnostics(guest.id)
    assert stopped_guest.pop('state') == 'shutdown'
    assert set(stopped_guest.values()) == {None}
