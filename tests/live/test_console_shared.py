# SPDX-License-Identifier: Apache-2.0
"""The console log on compute hosts that share the instances directory."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.client.api import Api, wait_for
from sandbox.client.guest import Guest
from tests.live import host_operations
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_log import NumberedLines, serial_port

pytestmark = [pytest.mark.shared_instances, pytest.mark.usefixtures('stock_host_disabled')]


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    return NumberedLines(boot(host=PLUGIN_HOST))


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def test_live_migration_keeps_log_in_place(lines: NumberedLines, guest: Guest) -> None:
    log = guest.console_log()
    before = log.stat().st_ino
    lines.print(500)
    for there in (OTHER_PLUGIN_HOST, PLUGIN_HOST):
        lines.flood(200)
        guest.act('os-migrateLive', {'host': f'stack{there}', 'block_migration': False})
        lines.check_output_during_migration()
        guest.wait_status('ACTIVE')
        guest.wait_settled()
        assert guest.host.number == there
        lines.print(100)
        lines.check_output()
        lines.check_files()
        assert serial_port(guest) == ('tcp', 'on')
    assert log.stat().st_ino == before, 'the log was copied, although it is shared'


def test_log_survives_resize_and_revert(lines: NumberedLines, guest: Guest) -> None:
    guest.act('resize', {'flavorRef': 'small'}, until='VERIFY_RESIZE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    guest.wait_ready()
    lines.print(1000)
    lines.check_output()
    lines.check_files()
    guest.act('revertResize', until='ACTIVE')
    assert guest.host.number == PLUGIN_HOST
    guest.wait_ready()
    lines.print(500)
    lines.check_output()
    lines.check_files()


def test_log_survives_cold_migration(lines: NumberedLines, guest: Guest) -> None:
    guest.act('migrate', {'host': f'stack{OTHER_PLUGIN_HOST}'}, until='VERIFY_RESIZE')
    guest.act('confirmResize', until='ACTIVE')
    assert guest.host.number == OTHER_PLUGIN_HOST
    guest.wait_ready()
    lines.print(500)
    lines.check_output()
    lines.check_files()


def test_log_survives_evacuation(api: Api, lines: NumberedLines, guest: Guest) -> None:
    """The host and the guest crash; on the new host the guest appends to the same log."""
    crashed = guest.host
    with host_operations.compute_crashed(api, crashed.number):
        guest.process.kill()
        guest.act('evacuate', {'host': f'stack{PLUGIN_HOST}'}, until='ACTIVE')
        assert guest.host.number == PLUGIN_HOST
        guest.wait_ready()
        lines.print(500)
        assert lines.check_output().count('=== GUEST READY') >= 1
        lines.check_files()
        assert serial_port(guest) == ('tcp', 'on')
    # nova-compute of the crashed host is back and removes what is left of the evacuated server.
    wait_for('old domain removed', lambda: guest.id not in crashed.run(
        'virsh', 'list', '--all', '--uuid'))
    lines.check_output()
    lines.check_files()
