# SPDX-License-Identifier: Apache-2.0
"""Seconds since the guest was last started, whatever happens to it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

from sandbox import settings
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import wait_reports
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

#: Seconds by which the start of a process and of what runs in it may differ: whole seconds are
#: told. The time that a request takes is not in it.
TOLERANCE = 2


def uptime(api: Api, guest: Guest) -> int | None:
    return api.diagnostics(guest.id)['uptime']  # type: ignore[no-any-return]


class Start:
    """When a guest was started, by what its diagnostics say, on the clock of this machine."""

    def __init__(self, api: Api, guest: Guest) -> None:
        asked = time.monotonic()
        seconds = uptime(api, guest)
        assert seconds is not None
        # It was told at any moment between question and answer.
        self._earliest, self._latest = asked - seconds, time.monotonic() - seconds

    def is_at(self, moment: float) -> bool:
        return self._earliest - TOLERANCE <= moment <= self._latest + TOLERANCE

    def is_that_of(self, other: Start) -> bool:
        return max(self._earliest, other._earliest) <= (
            min(self._latest, other._latest) + TOLERANCE)


def process_start(guest: Guest) -> float:
    """When the process was started, on the same clock."""
    return time.monotonic() - guest.process.age()


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


@pytest.mark.essential
def test_counts_from_the_start_of_the_process(api: Api, guest: Guest) -> None:
    assert Start(api, guest).is_at(process_start(guest))
    time.sleep(3)
    assert Start(api, guest).is_at(process_start(guest))


def test_goes_on_when_the_guest_reboots_itself(api: Api, guest: Guest) -> None:
    pid, before = guest.process.pid, uptime(api, guest)
    assert before is not None
    guest.ask('reboot')

    def rebooted() -> bool:
        guest.wait_ready()
        return float(guest.ask('proc-uptime').split()[0]) < before

    wait_for('the guest has rebooted', rebooted)
    assert guest.process.pid == pid
    assert Start(api, guest).is_at(process_start(guest))


@pytest.mark.essential
def test_goes_on_when_nova_compute_is_restarted(api: Api, guest: Guest) -> None:
    before = guest.process.age()
    subprocess.run(
        [settings.CHECKOUT / 'sandbox/stack', 'restart', 'nova-compute',
         '--host', str(guest.host.number)], check=True, timeout=600)
    wait_reports([guest.host.number])
    after = wait_for('nova-compute answers again', lambda: api.request(
        'GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0').ok)
    assert after
    assert Start(api, guest).is_at(process_start(guest))
    assert guest.process.age() > before


@pytest.mark.essential
def test_is_null_when_stopped_and_begins_again_when_started(api: Api, guest: Guest) -> None:
    guest.act('os-stop', until='SHUTOFF')
    assert uptime(api, guest) is None
    time.sleep(TOLERANCE)
    guest.act('os-start', until='ACTIVE')
    assert Start(api, guest).is_at(process_start(guest))
    guest.wait_ready()


def test_begins_again_at_a_hard_reboot(api: Api, guest: Guest) -> None:
    pid = guest.process.pid
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert guest.process.pid != pid
    assert Start(api, guest).is_at(process_start(guest))
    guest.wait_ready()


@pytest.mark.essential
def test_goes_on_after_live_migration_there_and_back(api: Api, guest: Guest) -> None:
    started = process_start(guest)
    for number in (OTHER_PLUGIN_HOST, PLUGIN_HOST):
        guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'},
                  until='ACTIVE')
        assert guest.host.number == number
        assert process_start(guest) > started + TOLERANCE, 'the same process?'
        assert Start(api, guest).is_at(started)


def test_goes_on_after_suspend_and_resume(api: Api, guest: Guest) -> None:
    before = Start(api, guest)
    guest.act('suspend', until='SUSPENDED')
    suspended = api.diagnostics(guest.id)
    assert suspended['state'] == 'suspended'
    assert suspended['uptime'] is None
    guest.act('resume', until='ACTIVE')
    assert Start(api, guest).is_that_of(before)


def test_begins_again_after_all_that_at_a_soft_reboot(api: Api, guest: Guest) -> None:
    """Nova shuts the guest down and starts it: another process, another start."""
    pid = guest.process.pid
    guest.act('reboot', {'type': 'SOFT'}, until='ACTIVE')
    assert guest.process.pid != pid
    assert Start(api, guest).is_at(process_start(guest))
