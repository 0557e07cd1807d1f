# SPDX-License-Identifier: Apache-2.0
"""The console log of one guest across reboots and moves: none of 20,000 lines is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import (
    NumberedLines,
    get_console_output,
    log_files,
    port_after_start,
    serial_port,
)

pytestmark = pytest.mark.usefixtures('stock_host_disabled')


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> Iterator[NumberedLines]:
    """Their numbers continue through the whole module."""
    yield NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


@pytest.mark.smoke
@pytest.mark.essential
def test_log_survives_pause_stop_and_start(api: Api, lines: NumberedLines, guest: Guest) -> None:
    lines.print(1000)
    running = lines.check_output()
    guest.act('pause', until='PAUSED')
    assert get_console_output(api, guest).startswith(running)
    guest.act('unpause', until='ACTIVE')
    guest.act('os-stop', until='SHUTOFF')
    assert get_console_output(api, guest).startswith(running)
    guest.act('os-start', until='ACTIVE')
    guest.wait_ready()
    lines.print(500)
    assert lines.check_output().count('=== GUEST READY') == 2
    lines.check_files()
    assert serial_port(guest) == port_after_start(guest)


@pytest.mark.smoke
@pytest.mark.slow
@pytest.mark.essential
def test_log_survives_live_migration(lines: NumberedLines, guest: Guest) -> None:
    guest.act('os-migrateLive', {'host': f'stack{OTHER_PLUGIN_HOST}', 'block_migration': 'auto'},
              until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    lines.print(500)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


@pytest.mark.slow
def test_log_survives_soft_and_hard_reboot(lines: NumberedLines, guest: Guest) -> None:
    for kind in ('SOFT', 'HARD'):
        guest.act('reboot', {'type': kind}, until='ACTIVE')
        guest.wait_ready()
        lines.print(700)
        lines.check_output()
        lines.check_files()
        assert serial_port(guest) == ('tcp', 'on')


@pytest.mark.slow
def test_log_survives_rescue_and_unrescue(lines: NumberedLines, guest: Guest) -> None:
    guest.act('rescue', until='RESCUE')
    guest.wait_ready()
    lines.print(1000)
    lines.check_output()
    assert serial_port(guest) == ('tcp', 'on')
    guest.act('unrescue', until='ACTIVE')
    guest.wait_ready()
    lines.print(500)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


@pytest.mark.slow
def test_log_survives_suspend_and_resume_while_printing(
        lines: NumberedLines, guest: Guest) -> None:
    lines.flood(3000)
    guest.act('suspend', until='SUSPENDED')
    lines.check_output(wait_for_last=False)
    guest.act('resume', until='ACTIVE')
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


def test_log_survives_resize_and_revert(lines: NumberedLines, guest: Guest) -> None:
    before = guest.host.number
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    assert guest.host.number != before
    guest.wait_ready()
    lines.print(1000)
    lines.check_output()
    lines.check_files()
    guest.act('revertResize', until='ACTIVE')
    assert guest.host.number == before
    guest.wait_ready()
    lines.check_output()
    lines.print(500)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


@pytest.mark.slow
def test_log_survives_resize_and_confirm(lines: NumberedLines, guest: Guest) -> None:
    before = guest.host
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    assert guest.host.number != before.number
    guest.wait_ready()
    lines.print(1000)
    lines.check_output()
    lines.check_files()
    assert not (before.instances / guest.id).exists()
    assert serial_port(guest) == ('tcp', 'on')


def test_log_survives_cold_migration(lines: NumberedLines, guest: Guest) -> None:
    there = (PLUGIN_HOST + OTHER_PLUGIN_HOST) - guest.host.number
    guest.act('migrate', {'host': f'stack{there}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    assert guest.host.number == there
    guest.wait_ready()
    lines.print(1000)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


def migrate_while_printing(lines: NumberedLines, count: int) -> None:
    """Print lines during a live migration; every console output on the way is complete."""
    guest = lines.guest
    there = (PLUGIN_HOST + OTHER_PLUGIN_HOST) - guest.host.number
    lines.flood(count)
    time.sleep(0.5)
    guest.act('os-migrateLive', {'host': f'stack{there}', 'block_migration': 'auto'})
    lines.check_output_during_migration()
    guest.wait_status('ACTIVE')
    guest.wait_settled()
    assert guest.host.number == there
    lines.check_output(wait_for_last=False)
    lines.check_output()
    lines.check_files()
    assert serial_port(guest) == ('tcp', 'on')


def test_log_survives_live_migration_while_printing(lines: NumberedLines) -> None:
    migrate_while_printing(lines, 3000)


@pytest.mark.slow
def test_log_survives_20000_lines_and_live_migration_there_and_back(lines: NumberedLines) -> None:
    for count in (6000, 6000):
        migrate_while_printing(lines, count)
    assert lines.last > 20_000


def test_log_is_deleted_with_server(lines: NumberedLines, guest: Guest) -> None:
    folders = [ComputeHost(number).instances / guest.id
               for number in (PLUGIN_HOST, OTHER_PLUGIN_HOST)]
    assert len(log_files(guest.console_log())) > 1
    guest.delete()
    assert not any(folder.exists() for folder in folders)
