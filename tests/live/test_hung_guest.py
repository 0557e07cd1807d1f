# SPDX-License-Identifier: Apache-2.0
"""Guests whose QEMU does not answer: nobody else is held up, and nothing is made up.

Stock Nova first waits for its own RPC timeout of 60 s and fails with 500, then for 30 s at each
request. It is asked at the beginning and looked at in the end.
"""

from __future__ import annotations

import functools
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.conftest import PLUGIN_HOST, STOCK_HOST

#: ``[nova_ext] libvirt_timeout``, and what an answer may take beside it.
LIBVIRT_TIMEOUT = 2
BOUND = LIBVIRT_TIMEOUT + 1


class Asked(threading.Thread):
    """A request made in the background, and how long it took."""

    def __init__(self, api: Api, path: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self._ask = functools.partial(api.request, 'GET', path, timeout=200, **options)
        self.seconds = 0.0
        self.status = 0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        self.status = self._ask().status_code
        self.seconds = time.monotonic() - began


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that something took, and its result."""
    began = time.monotonic()
    result = ask()
    return time.monotonic() - began, result


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


@pytest.fixture(scope='module')
def stock_victim(stock_api: Api, boot: Callable[..., Guest]) -> Iterator[list[Asked]]:
    """Two requests to stock Nova about a hung guest on a stock host, one after the other."""
    guest = boot(host=STOCK_HOST)
    path = f'/servers/{guest.id}/diagnostics'
    asked: list[Asked] = []
    with stopped(guest.process.pid):
        def ask_twice() -> None:
            for _ in range(2):
                asked.append(Asked(stock_api, path, compute='2.48'))
                asked[-1].join()

        asking = threading.Thread(target=ask_twice, daemon=True)
        asking.start()
        yield asked
        asking.join(timeout=150)


@pytest.mark.essential
def test_one_hung_guest(
        api: Api, victims: list[Guest], bystander: Guest, stock_victim: list[Asked]) -> None:
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


def test_stock_nova_waits_for_a_minute_and_then_for_half_a_minute(
        stock_victim: list[Asked]) -> None:
    """What there is to mend: should a later Nova do better, this test says so."""
    for number in range(2):
        while len(stock_victim) <= number:
            time.sleep(0.5)
        stock_victim[number].join(timeout=120)
    first, second = stock_victim
    assert (first.status, round(first.seconds, -1)) == (500, 60)
    assert second.seconds > 25
