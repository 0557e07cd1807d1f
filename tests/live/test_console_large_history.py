# SPDX-License-Identifier: Apache-2.0
"""Console histories of 16 MiB, which take long enough for something to happen on the way."""

from __future__ import annotations

import functools
import shutil
import uuid
from collections.abc import Callable, Iterator

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
    fill_log,
    full_disk,
    has_consumer,
    history_being_sent,
    instance_files,
    migrate_without_history,
    nova_compute_log,
    start_migration,
)
from tests.live.console_log import NumberedLines, live_migrate, log_files
from tests.live.timing import timed

pytestmark = pytest.mark.slow

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


def other_host(guest: Guest) -> int:
    """The number of the plugin host that a guest is not on."""
    return PLUGIN_HOST + OTHER_PLUGIN_HOST - guest.host.number


@pytest.fixture
def on_first_host(guest: Guest) -> None:
    """The guest is on the first host."""
    if guest.host.number != PLUGIN_HOST:
        live_migrate(guest, PLUGIN_HOST)


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


def test_migration_succeeds_if_destination_nova_compute_hangs(lines: NumberedLines) -> None:
    destination = other_host(lines.guest)
    pid = ComputeHost(destination).service('nova-compute').pid()
    assert pid is not None
    with history_being_sent(lines, destination) as log, stopped(pid):
        wait_for('the source stops waiting', lambda: TIMED_OUT in log(), timeout=120)


def test_migration_succeeds_if_message_bus_restarts(
        api: Api, cloud: state.State, lines: NumberedLines) -> None:
    rabbitmq = cloud.service('rabbitmq', 1)
    destination = other_host(lines.guest)
    source = lines.guest.host.service('nova-compute').pid()
    assert source is not None
    # A message to a service that has not reconnected yet is lost, and if it is one of Nova's, the
    # migration fails. So the source is stopped until all services are connected again.
    with history_being_sent(lines, destination), stopped(source):
        processes.kill(rabbitmq)
        processes.start(rabbitmq)
        processes.wait_ready(rabbitmq)
        for queue in ('conductor', f'compute.stack{destination}',
                      f'compute-alt.stack{destination}'):
            wait_for(f'consumer of {queue}', functools.partial(has_consumer, queue))
    cinder = ['cinder-scheduler', 'cinder-volume'] if cloud.options.volumes else []
    for queue in ('scheduler', f'compute.stack{STOCK_HOST}', 'q-plugin', *cinder):
        wait_for(f'consumer of {queue}', functools.partial(has_consumer, queue))
    wait_for('all services up', lambda: {found['state'] for found in api.get(
        '/os-services')['services']} == {'up'})


def test_repeated_piece_is_written_once(guest: Guest, on_first_host: None) -> None:
    client = HistoryClient(guest)
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
        hosts: Reconfigured, lines: NumberedLines, guest: Guest,
        on_first_host: None) -> None:
    hosts.change({OTHER_PLUGIN_HOST: f'{HISTORY}0'})
    migrate_without_history(lines, OTHER_PLUGIN_HOST, 'at most 0')
    with nova_compute_log(guest.host) as log:
        live_migrate(guest, PLUGIN_HOST)
        assert FAILED not in log()
    lines.first = lines.last + 1
    lines.print(100)
    lines.check_output()


def test_no_line_is_lost_if_source_nova_compute_is_killed(
        lines: NumberedLines, guest: Guest, on_first_host: None) -> None:
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
