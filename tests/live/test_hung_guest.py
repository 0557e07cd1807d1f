# SPDX-License-Identifier: Apache-2.0
"""Diagnostics of guests whose QEMU hangs: unknown values are null, other guests not delayed."""

from __future__ import annotations

import functools
import statistics
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.process import frozen, stopped
from tests.live.conftest import PLUGIN_HOST
from tests.live.timing import BackgroundRequest, timed

#: ``[nova_ext] libvirt_timeout``, and the longest that a response may take on a busy machine.
#: Stock Nova takes half a minute or more.
LIBVIRT_TIMEOUT = 2
BOUND = LIBVIRT_TIMEOUT + 3


@pytest.fixture(scope='module')
def guests(boot: Callable[..., Guest]) -> list[Guest]:
    """Seven guests on a host with the plugin, booted in parallel."""
    booting = [boot(host=PLUGIN_HOST, wait=False) for _ in range(7)]
    for guest in booting:
        guest.wait_status('ACTIVE')
        guest.wait_ready()
    return booting


@pytest.fixture(scope='module')
def hung_guests(guests: list[Guest]) -> list[Guest]:
    """The guests that the tests stop."""
    return guests[:6]


@pytest.fixture(scope='module')
def healthy_guest(guests: list[Guest]) -> Guest:
    """The guest that keeps running."""
    return guests[6]


@pytest.mark.essential
def test_hung_guest_does_not_delay_other_guests(
        api: Api, hung_guests: list[Guest], healthy_guest: Guest) -> None:
    hung = hung_guests[0]
    before = api.diagnostics(hung.id)
    api.diagnostics(healthy_guest.id)
    undisturbed = [timed(lambda: api.diagnostics(healthy_guest.id))[0] for _ in range(20)]
    with stopped(hung.process.pid):
        first = BackgroundRequest(api, f'/servers/{hung.id}/diagnostics', nova_ext='1.0')
        meanwhile = [timed(lambda: api.diagnostics(healthy_guest.id)) for _ in range(20)]
        first.join(timeout=10)
        assert first.status == 200
        assert first.seconds < BOUND

        seconds, found = timed(lambda: api.diagnostics(hung.id))
        assert seconds < LIBVIRT_TIMEOUT, 'the second request waited for a guest known to hang'
        assert found['state'] == 'running'
        assert found['memory_details'] == {'maximum': 128, 'used': None}
        assert set(found['disk_details'][0].values()) == {None}
        assert found['cpu_details'][0]['time'] >= before['cpu_details'][0]['time']
        assert found['nic_details'][0]['rx_octets'] >= before['nic_details'][0]['rx_octets']
        assert found['uptime'] >= before['uptime']

    for _, answer in meanwhile:
        assert answer['disk_details'][0]['read_bytes'] > 0
    durations = [seconds for seconds, _ in meanwhile]
    assert statistics.median(durations) < 2 * statistics.median(undisturbed) + 0.05
    assert max(durations) < LIBVIRT_TIMEOUT


@pytest.mark.essential
def test_resumed_guest_has_complete_diagnostics(api: Api, hung_guests: list[Guest]) -> None:
    found = api.diagnostics(hung_guests[0].id)
    assert found['disk_details'][0]['read_bytes'] > 0


@pytest.mark.essential
@pytest.mark.parametrize('compute', ['2.1', '2.48'])
def test_stock_diagnostics_of_hung_guest_return_in_time(
        stock_api: Api, hung_guests: list[Guest], compute: str) -> None:
    hung = hung_guests[1]
    with stopped(hung.process.pid):
        for bound in (BOUND, LIBVIRT_TIMEOUT):
            seconds, answer = timed(lambda: stock_api.request(
                'GET', f'/servers/{hung.id}/diagnostics', compute=compute))
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
@pytest.mark.parametrize('hang', [stopped, pytest.param(frozen, marks=pytest.mark.slow)])
def test_hung_guests_do_not_block_host(
        hang: Callable[..., AbstractContextManager[None]], api: Api, hung_guests: list[Guest],
        healthy_guest: Guest) -> None:
    """Six hang: stopped by a signal, or blocked in the kernel as by a broken disk."""
    with hang(*(hung.process.pid for hung in hung_guests)):
        requests = [BackgroundRequest(api, f'/servers/{hung.id}/diagnostics', nova_ext='1.0')
                    for hung in hung_guests]
        for request in requests:
            request.join(timeout=15)
            assert request.status == 200
            assert request.seconds < BOUND + 1  # six requests at once
        for _ in range(3):
            seconds, found = timed(lambda: api.diagnostics(healthy_guest.id))
            assert found['state'] == 'running'
            assert found['cpu_details'][0]['time'] > 0
            assert found['disk_details'][0]['read_bytes'] > 0
            assert seconds < LIBVIRT_TIMEOUT
        for hung in hung_guests:
            seconds, found = timed(functools.partial(api.diagnostics, hung.id))
            assert set(found['disk_details'][0].values()) == {None}
            assert seconds < LIBVIRT_TIMEOUT
        # A rename is written into the domain, and Nova can still use libvirt.
        name = f'renamed-{uuid.uuid4().hex[:8]}'
        api.call('PUT', f'/servers/{healthy_guest.id}', {'server': {'name': name}})
        wait_for('the domain has the new name', lambda: f'<nova:name>{name}<' in (
            healthy_guest.xml()), timeout=15)
        healthy_guest.act('pause', until='PAUSED')
        healthy_guest.act('unpause', until='ACTIVE')
    wait_for('all guests answer again', lambda: all(
        api.diagnostics(guest.id)['disk_details'][0]['read_bytes']
        for guest in (*hung_guests, healthy_guest)), timeout=30)
