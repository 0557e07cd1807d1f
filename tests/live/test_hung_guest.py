# SPDX-License-Identifier: Apache-2.0
"""Guests whose QEMU does not answer: nobody else is held up, and nothing is made up."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.asking import Asked, timed
from tests.live.conftest import PLUGIN_HOST

#: ``[nova_ext] libvirt_timeout``, and what an answer may take beside it on a busy machine. Stock
#: Nova takes half a minute and more.
LIBVIRT_TIMEOUT = 2
BOUND = LIBVIRT_TIMEOUT + 3


@pytest.fixture(scope='module')
def guests(boot: Callable[..., Guest]) -> list[Guest]:
    """Five guests on a host with the plugin, booted side by side."""
    booting = [boot(host=PLUGIN_HOST, wait=False) for _ in range(5)]
    for guest in booting:
        guest.wait_status('ACTIVE')
        guest.wait_ready()
    return booting


@pytest.fixture(scope='module')
def victims(guests: list[Guest]) -> list[Guest]:
    return guests[:4]


@pytest.fixture(scope='module')
def bystander(guests: list[Guest]) -> Guest:
    return guests[4]


@pytest.mark.essential
def test_one_hung_guest(api: Api, victims: list[Guest], bystander: Guest) -> None:
    victim = victims[0]
    healthy = api.diagnostics(victim.id)
    api.diagnostics(bystander.id)
    calm = [timed(lambda: api.diagnostics(bystander.id))[0] for _ in range(20)]
    with stopped(victim.process.pid):
        during = Asked(api, f'/servers/{victim.id}/diagnostics', nova_ext='1.0')
        meanwhile = [timed(lambda: api.diagnostics(bystander.id)) for _ in range(20)]
        during.join(timeout=10)
        assert during.status == 200
        assert during.seconds < BOUND

        seconds, found = timed(lambda: api.diagnostics(victim.id))
        assert seconds < LIBVIRT_TIMEOUT, 'waited again for a guest that is known to hang'
        assert found['state'] == 'running'
        assert found['memory_details'] == {'maximum': 128, 'used': None}
        assert set(found['disk_details'][0].values()) == {None}
        assert found['cpu_details'][0]['time'] >= healthy['cpu_details'][0]['time']
        assert found['nic_details'][0]['rx_octets'] >= healthy['nic_details'][0]['rx_octets']
        assert found['uptime'] >= healthy['uptime']

    for _, answer in meanwhile:
        assert answer['disk_details'][0]['read_bytes'] > 0
    took = [seconds for seconds, _ in meanwhile]
    assert statistics.median(took) < 2 * statistics.median(calm) + 0.05
    assert max(took) < LIBVIRT_TIMEOUT


@pytest.mark.essential
def test_it_is_complete_again_when_it_answers_again(api: Api, victims: list[Guest]) -> None:
    found = api.diagnostics(victims[0].id)
    assert found['disk_details'][0]['read_bytes'] > 0


@pytest.mark.essential
@pytest.mark.parametrize('compute', ['2.1', '2.48'])
def test_stock_callers_are_answered_in_time_too(
        stock_api: Api, victims: list[Guest], compute: str) -> None:
    victim = victims[1]
    with stopped(victim.process.pid):
        for bound in (BOUND, LIBVIRT_TIMEOUT):
            seconds, answer = timed(lambda: stock_api.request(
                'GET', f'/servers/{victim.id}/diagnostics', compute=compute))
            assert answer.status_code == 200, answer.text
            assert seconds < bound
    found = answer.json()
    if compute == '2.1':
        assert {'cpu0_time', 'memory'} <= set(found)
        assert not any(key.startswith('vda') for key in found)
    else:
        assert found['disk_details'][0]['read_bytes'] is None
        assert found['cpu_details'][0]['time'] > 0


@pytest.mark.essential
def test_four_hung_guests_leave_the_host_usable(
        api: Api, victims: list[Guest], bystander: Guest) -> None:
    with stopped(*(victim.process.pid for victim in victims)):
        asked = [Asked(api, f'/servers/{victim.id}/diagnostics', nova_ext='1.0')
                 for victim in victims]
        for one in asked:
            one.join(timeout=15)
            assert one.status == 200
            assert one.seconds < BOUND + 1  # the fourth waited for a slot first
        seconds, found = timed(lambda: api.diagnostics(bystander.id))
        assert found['state'] == 'running'
        assert found['cpu_details'][0]['time'] > 0
        assert seconds < LIBVIRT_TIMEOUT
        # Nova's own use of libvirt goes on, on the same connection.
        bystander.act('pause', until='PAUSED')
        bystander.act('unpause', until='ACTIVE')
    assert api.diagnostics(bystander.id)['disk_details'][0]['read_bytes'] > 0
