# SPDX-License-Identifier: Apache-2.0
"""The console log where all hosts share the servers' directories."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live import operating
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.lines import NumberedLines, serial_port

pytestmark = [pytest.mark.shared_instances, pytest.mark.usefixtures('only_plugin_hosts')]


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def test_live_migration_there_and_back(lines: NumberedLines, guest: Guest) -> None:
    log = guest.console_log()
    before = log.stat().st_ino
    lines.print(500)
    for there in (OTHER_PLUGIN_HOST, PLUGIN_HOST):
        lines.flood(200)
        guest.act('os-migrateLive', {'host': f'stack{there}', 'block_migration': False})
        lines.check_while_it_migrates()
        guest.wait_status('ACTIVE')
        guest.wait_settled()
        assert guest.host.number == there
        lines.print(100)
        lines.check()
        lines.check_files()
        assert serial_port(guest) == ('tcp', 'on')
    assert log.stat().st_ino == before, 'the log was copied, which nothing asks for'


def test_resize_and_revert(lines: NumberedLines, guest: Guest) -> None:
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    guest.wait_ready()
    lines.print(1000)
    lines.check()
    lines.check_files()
    guest.act('revertResize', until='ACTIVE')
    assert guest.host.number == PLUGIN_HOST
    guest.wait_ready()
    lines.print(500)
    lines.check()
    lines.check_files()


def test_cold_migration(lines: NumberedLines, guest: Guest) -> None:
    guest.act('migrate', {'host': f'stack{OTHER_PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    guest.wait_ready()
    lines.print(500)
    lines.check()
    lines.check_files()


def test_evacuation(api: Api, lines: NumberedLines, guest: Guest) -> None:
    """The host crashes, and its guests with it; the log goes on elsewhere."""
    crashed = guest.host
    with operating.without_compute(api, crashed.number):
        guest.process.kill()
        guest.act('evacuate', {'host': f'stack{PLUGIN_HOST}'}, until='ACTIVE')
        assert guest.host.number == PLUGIN_HOST
        guest.wait_ready()
        lines.print(500)
        assert lines.check().count('=== GUEST READY') >= 1
        lines.check_files()
        assert serial_port(guest) == ('tcp', 'on')
    # nova-compute is back there, and clears up what it still had of the server.
    wait_for('the old domain is gone', lambda: guest.id not in crashed.run(
        'virsh', 'list', '--all', '--uuid'))
    lines.check()
    lines.check_files()
