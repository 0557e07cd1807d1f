# SPDX-License-Identifier: Apache-2.0
"""The uptime in diagnostics: seconds since the guest's first process was started.

The independent check is the age of the QEMU process in the host's process table.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest

from sandbox import accounts, settings, state
from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import wait_reports
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST

#: Seconds by which two start times may differ, as uptimes are whole seconds. The time that a
#: request takes is not included.
TOLERANCE = 2


def get_uptime(api: Api, guest: Guest) -> int | None:
    return api.diagnostics(guest.id)['uptime']  # type: ignore[no-any-return]


class StartTime:
    """When a guest was started, from the uptime in its diagnostics, on the monotonic clock."""

    def __init__(self, api: Api, guest: Guest) -> None:
        sent = time.monotonic()
        seconds = get_uptime(api, guest)
        assert seconds is not None
        # The uptime was read at some moment between request and response.
        self._earliest, self._latest = sent - seconds, time.monotonic() - seconds

    def is_at(self, moment: float) -> bool:
        return self._earliest - TOLERANCE <= moment <= self._latest + TOLERANCE

    def is_same_as(self, other: StartTime) -> bool:
        return max(self._earliest, other._earliest) <= (
            min(self._latest, other._latest) + TOLERANCE)


def process_start(guest: Guest) -> float:
    """Return when the guest's QEMU process was started, on the monotonic clock."""
    return time.monotonic() - guest.process.age()


#: Prints when a guest was started as nova-compute finds it out, in seconds since the epoch.
FIND_START = """
import sys, libvirt
from nova_ext.virt.libvirt import processes, start_times
domain = libvirt.open('qemu:///system').lookupByUUIDString(sys.argv[1])
print(start_times.StartTimes(processes.Processes()).started_in(domain, domain.XMLDesc(0)))
"""


def find_start_in_container(cloud: state.State, guest: Guest) -> str:
    """Return what nova-compute finds out in a PID namespace of its own."""
    python = [str(cloud.environments.nova / 'bin/python'), '-W', 'ignore', '-c', FIND_START]
    return guest.host.run(
        'unshare', '--pid', '--fork', '--mount-proc', *accounts.as_user(
            accounts.of_nova(cloud.options), [*python, guest.id])).strip().splitlines()[-1]


@pytest.fixture(scope='module')
def guest(boot: Callable[..., Guest]) -> Guest:
    return boot(host=PLUGIN_HOST)


@pytest.mark.essential
def test_uptime_counts_from_the_start_of_the_process(api: Api, guest: Guest) -> None:
    assert StartTime(api, guest).is_at(process_start(guest))
    time.sleep(3)
    assert StartTime(api, guest).is_at(process_start(guest))


@pytest.mark.slow
def test_uptime_continues_when_the_guest_reboots_itself(api: Api, guest: Guest) -> None:
    pid, asked = guest.process.pid, time.monotonic()
    guest.ask('reboot')

    def rebooted() -> bool:
        guest.wait_ready()
        return float(guest.ask('proc-uptime').split()[0]) < time.monotonic() - asked

    wait_for('the guest has rebooted', rebooted)
    assert guest.process.pid == pid
    assert StartTime(api, guest).is_at(process_start(guest))


@pytest.mark.slow
@pytest.mark.essential
def test_uptime_continues_when_nova_compute_is_restarted(api: Api, guest: Guest) -> None:
    before = guest.process.age()
    subprocess.run(
        [settings.CHECKOUT / 'sandbox/stack', 'restart', 'nova-compute',
         '--host', str(guest.host.number)], check=True, timeout=600)
    wait_reports([guest.host.number])
    assert wait_for('nova-compute answers again', lambda: api.request(
        'GET', f'/servers/{guest.id}/diagnostics', nova_ext='1.0').ok)
    assert StartTime(api, guest).is_at(process_start(guest))
    assert guest.process.age() > before


def test_uptime_is_that_of_the_pid_file_where_processes_cannot_be_seen(
        cloud: state.State, api: Api, guest: Guest) -> None:
    def check() -> None:
        found = find_start_in_container(cloud, guest)
        assert abs(float(found) - (time.time() - guest.process.age())) < TOLERANCE

    check()
    # The start is noted in the domain's metadata, and counts for a guest that was paused.
    guest.act('pause', until='PAUSED')
    check()
    guest.act('unpause', until='ACTIVE')
    check()


@pytest.mark.slow
def test_uptime_continues_after_live_migration_where_processes_cannot_be_seen(
        cloud: state.State, api: Api, boot: Callable[..., Guest]) -> None:
    guest = boot(host=PLUGIN_HOST)
    started = time.time() - guest.process.age()
    guest.act('os-migrateLive', {'host': f'stack{OTHER_PLUGIN_HOST}', 'block_migration': 'auto'},
              until='ACTIVE')
    assert abs(float(find_start_in_container(cloud, guest)) - started) < TOLERANCE
    # Which of two processes the note is about cannot be known any more.
    guest.act('pause', until='PAUSED')
    assert find_start_in_container(cloud, guest) == 'None'


@pytest.mark.essential
def test_uptime_is_null_when_stopped_and_restarts_when_started(api: Api, guest: Guest) -> None:
    guest.act('os-stop', until='SHUTOFF')
    assert get_uptime(api, guest) is None
    time.sleep(TOLERANCE)
    guest.act('os-start', until='ACTIVE')
    assert StartTime(api, guest).is_at(process_start(guest))
    guest.wait_ready()


@pytest.mark.slow
def test_uptime_restarts_at_a_hard_reboot(api: Api, guest: Guest) -> None:
    pid = guest.process.pid
    guest.act('reboot', {'type': 'HARD'}, until='ACTIVE')
    assert guest.process.pid != pid
    assert StartTime(api, guest).is_at(process_start(guest))
    guest.wait_ready()


@pytest.mark.essential
def test_uptime_continues_after_live_migration_there_and_back(api: Api, guest: Guest) -> None:
    started = process_start(guest)
    for number in (OTHER_PLUGIN_HOST, PLUGIN_HOST):
        guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'},
                  until='ACTIVE')
        assert guest.host.number == number
        assert process_start(guest) > started + TOLERANCE, 'it is still the first process'
        assert StartTime(api, guest).is_at(started)


@pytest.mark.slow
def test_uptime_continues_after_suspend_and_resume(api: Api, guest: Guest) -> None:
    before = StartTime(api, guest)
    guest.act('suspend', until='SUSPENDED')
    suspended = api.diagnostics(guest.id)
    assert suspended['state'] == 'suspended'
    assert suspended['uptime'] is None
    guest.act('resume', until='ACTIVE')
    assert StartTime(api, guest).is_same_as(before)


@pytest.mark.slow
def test_uptime_restarts_at_a_soft_reboot(api: Api, guest: Guest) -> None:
    """Nova shuts the guest down and starts it in a new process."""
    pid = guest.process.pid
    guest.act('reboot', {'type': 'SOFT'}, until='ACTIVE')
    assert guest.process.pid != pid
    assert StartTime(api, guest).is_at(process_start(guest))
