# SPDX-License-Identifier: Apache-2.0
"""What goes wrong with a console history fails no migration; invalid pieces of one are rejected.

Histories that take long are in test_console_large_history.py.
"""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST
from tests.live.console_history import (
    HistoryClient,
    encode,
    instance_files,
    migrate_without_history,
)
from tests.live.console_log import NumberedLines


@pytest.fixture(scope='module')
def lines(boot: Callable[..., Guest]) -> NumberedLines:
    made = NumberedLines(boot(host=PLUGIN_HOST))
    made.print(100)
    return made


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


@pytest.fixture(scope='module')
def client(guest: Guest) -> HistoryClient:
    return HistoryClient(guest)


@pytest.mark.parametrize('invalid', [
    {'instance_uuid': '00000000-0000-4000-8000-000000000000'},
    {'instance_uuid': '../../etc'},
    {'transfer': 'no uuid'},
    {'number': 1},
    {'number': -1},
    {'total': 33},
    {'data': 'no base64!'},
    {'data': base64.b64encode(b'not compressed').decode()},
    {'data': encode(bytes(512 * 1024 + 1))},
    {'data': encode(bytes(100))[:12]},
], ids=lambda invalid: '{}={:.12}'.format(*next(
    (name, str(value)) for name, value in invalid.items())))
def test_invalid_piece_is_rejected(
        guest: Guest, client: HistoryClient, invalid: dict[str, Any]) -> None:
    before = instance_files(guest, PLUGIN_HOST)
    with pytest.raises(ValueError):
        client.send(PLUGIN_HOST, **invalid)
    assert instance_files(guest, PLUGIN_HOST) == before


def test_piece_for_server_on_another_host_is_rejected(
        guest: Guest, client: HistoryClient) -> None:
    with pytest.raises(ValueError, match=r'neither on stack2'):
        client.send(OTHER_PLUGIN_HOST)
    assert instance_files(guest, OTHER_PLUGIN_HOST) == {}


def test_migration_check_rejects_destination_without_virtlogd(
        api: Api, lines: NumberedLines, guest: Guest) -> None:
    host = ComputeHost(OTHER_PLUGIN_HOST)
    virtlogd = host.service('virtlogd')
    processes.stop(virtlogd)
    try:
        guest.act('os-migrateLive', {'host': host.name, 'block_migration': 'auto'},
                  until='ACTIVE')
        assert guest.host.number == PLUGIN_HOST
        request = api.get(f'/servers/{guest.id}/os-instance-actions')['instanceActions'][0]
        action = api.get(f'/servers/{guest.id}/os-instance-actions/{request["request_id"]}')
        assert action['instanceAction']['action'] == 'live-migration'
        events = str(action['instanceAction']['events'])
        assert 'virtlogd, which would log its console, does not answer on host stack2' in events
        assert not (host.instances / guest.id).exists()
    finally:
        processes.start(virtlogd)
        processes.wait_ready(virtlogd)
    lines.print(100)
    lines.check_output()


def test_migration_succeeds_if_history_cannot_be_written(
        lines: NumberedLines, guest: Guest) -> None:
    folder = ComputeHost(OTHER_PLUGIN_HOST).instances / guest.id

    def obstruct() -> None:
        with contextlib.suppress(TimeoutError):
            wait_for('instance directory on the destination', folder.exists, interval=0.01)
            (folder / 'console.log.history').mkdir()

    obstructing = threading.Thread(target=obstruct)
    obstructing.start()
    migrate_without_history(lines, OTHER_PLUGIN_HOST, 'Is a directory')
    obstructing.join()
    (folder / 'console.log.history').rmdir()
