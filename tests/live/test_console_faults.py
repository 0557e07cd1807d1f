# SPDX-License-Identifier: Apache-2.0
"""A live migration succeeds without delay if its console history cannot be transferred."""

from __future__ import annotations

import base64
import contextlib
import functools
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import processes, state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST, STOCK_HOST
from tests.live.console_history import (
    FAILED,
    MIB,
    TIMED_OUT,
    HistoryClient,
    encode,
    fill_log,
    full_disk,
    has_consumer,
    history_being_sent,
    migrate_without_history,
    nova_compute_log,
    start_migration,
)
from tests.live.console_log import NumberedLines, live_migrate, log_files
from tests.live.timing import timed

#: With debug, nova-compute logs when it begins to send a history.
HISTORY = '[DEFAULT]\ndebug = true\n[nova_ext]\nconsole_history_bytes = '


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    """Hosts that send and accept the largest history that can be configured."""
    with reconfigured(dict.fromkeys(
            (PLUGIN_HOST, OTHER_PLUGIN_HOST), f'{HISTORY}{16 * MIB}')) as changed:
        yield changed


@pytest.fixture(scope='module')
def lines(hosts: Reconfigured, boot: Callable[..., Guest]) -> NumberedLines:
    made = NumberedLines(boot(host=PLUGIN_HOST))
    made.print(100)
    return made


@pytest.fixture(scope='module')
def guest(lines: NumberedLines) -> Guest:
    return lines.guest


def test_migration_succeeds_if_destination_disk_is_full(lines: NumberedLines) -> None:
    fill_log(lines, 32 * MIB)
    with full_disk(ComputeHost(OTHER_PLUGIN_HOST), free=8 * MIB):
        try:
            migrate_without_history(lines, OTHER_PLUGIN_HOST, 'No space left on device')
        finally:
            live_migrate(lines.guest, PLUGIN_HOST)
    lines.check_output()


def test_migration_of_large_log_sends_newest_16_mib(lines: NumberedLines, guest: Guest) -> None:
    fill_log(lines, 200 * MIB)
    lines.check_output()
    seconds, _ = timed(lambda: live_migrate(guest, OTHER_PLUGIN_HOST))
    print(f'migration with 16 MiB of a log of 200 MiB: {seconds:.1f} s')
    lines.check_output()
    assert sum(file.stat().st_size for file in log_files(guest.console_log())) < 17 * MIB
    lines.print(1000)
    lines.check_output()


def test_migration_succeeds_if_history_cannot_be_written(
        lines: NumberedLines, guest: Guest) -> None:
    folder = ComputeHost(PLUGIN_HOST).instances / guest.id

    def obstruct() -> None:
        with contextlib.suppress(TimeoutError):
            wait_for('instance directory on the destination', folder.exists, interval=0.01)
            (folder / 'console.log.history').mkdir()

    obstructing = threading.Thread(target=obstruct)
    obstructing.start()
    migrate_without_history(lines, PLUGIN_HOST, 'Is a directory')
    obstructing.join()
    (folder / 'console.log.history').rmdir()


def test_migration_succeeds_if_destination_nova_compute_hangs(lines: NumberedLines) -> None:
    pid = ComputeHost(OTHER_PLUGIN_HOST).service('nova-compute').pid()
    assert pid is not None
    with history_being_sent(lines, OTHER_PLUGIN_HOST) as log, stopped(pid):
        wait_for('the source stops waiting', lambda: TIMED_OUT in log(), timeout=120)


def test_migration_succeeds_if_message_bus_restarts(
        api: Api, cloud: state.State, lines: NumberedLines) -> None:
    rabbitmq = cloud.service('rabbitmq', 1)
    source = ComputeHost(OTHER_PLUGIN_HOST).service('nova-compute').pid()
    assert source is not None
    # A message to a service that has not reconnected yet is lost, and if it is one of Nova's, the
    # migration fails. So the source is stopped until all services are connected again.
    with history_being_sent(lines, PLUGIN_HOST), stopped(source):
        processes.kill(rabbitmq)
        processes.start(rabbitmq)
        processes.wait_ready(rabbitmq)
        for queue in ('conductor', f'compute.stack{PLUGIN_HOST}',
                      f'compute-alt.stack{PLUGIN_HOST}'):
            wait_for(f'consumer of {queue}', functools.partial(has_consumer, queue))
    cinder = ['cinder-scheduler', 'cinder-volume'] if cloud.options.volumes else []
    for queue in ('scheduler', f'compute.stack{STOCK_HOST}', 'q-plugin', *cinder):
        wait_for(f'consumer of {queue}', functools.partial(has_consumer, queue))
    wait_for('all services up', lambda: {found['state'] for found in api.get(
        '/os-services')['services']} == {'up'})


@pytest.fixture(scope='module')
def client(guest: Guest) -> HistoryClient:
    return HistoryClient(guest)


def instance_files(guest: Guest, number: int) -> dict[str, int]:
    """The files of a server on a host, with their inode numbers."""
    path = ComputeHost(number).instances / guest.id
    return {file.name: file.stat().st_ino for file in path.glob('*')}


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


def test_repeated_piece_is_written_once(guest: Guest, client: HistoryClient) -> None:
    log = guest.console_log()
    for file in log_files(log)[:-1]:
        file.unlink()  # make room for the history
    transfer = {'transfer': str(uuid.uuid4()), 'total': 2}
    assert client.send(PLUGIN_HOST, **transfer, number=1) is False
    assert client.send(PLUGIN_HOST, **transfer, number=1) is False
    assert client.send(PLUGIN_HOST, **transfer, number=0) is True
    after = instance_files(guest, PLUGIN_HOST)
    assert log_files(log)[0].read_bytes() == b'what it printed\n' * 2
    assert client.send(PLUGIN_HOST, **transfer, number=0) is True
    assert instance_files(guest, PLUGIN_HOST) == after


def test_history_size_of_zero_disables_sending_and_receiving(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    hosts.change({OTHER_PLUGIN_HOST: f'{HISTORY}0'})
    migrate_without_history(lines, OTHER_PLUGIN_HOST, 'at most 0')
    with nova_compute_log(guest.host) as log:
        live_migrate(guest, PLUGIN_HOST)
        assert FAILED not in log()
    lines.first = lines.last + 1
    lines.print(100)
    lines.check_output()


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


def test_no_line_is_lost_if_source_nova_compute_is_killed(
        lines: NumberedLines, guest: Guest) -> None:
    source, destination = ComputeHost(PLUGIN_HOST), ComputeHost(OTHER_PLUGIN_HOST)
    compute = source.service('nova-compute')
    log = guest.console_log()
    fill_log(lines, 32 * MIB)
    try:
        with nova_compute_log(source) as source_log:
            start_migration(guest, destination.number, source_log)
            processes.kill(compute)
        processes.start(compute)
        processes.wait_ready(compute)
        # As without nova-ext, Nova considers the server not migrated. The log on the source has
        # all lines printed there, and the guest now prints to the log on the destination.
        guest.wait_status('ACTIVE')
        assert guest.host.number == source.number
        lines.check_output()
        lines.check_files(log)
        assert guest.id in destination.run('virsh', 'list', '--uuid')
        arrived = destination.instances / guest.id / 'console.log'
        wait_for('the guest prints', lambda: b'line ' in arrived.read_bytes())
    finally:
        destination.run('virsh', 'destroy', guest.id)
        destination.run('virsh', 'undefine', guest.id)
        shutil.rmtree(destination.instances / guest.id)
