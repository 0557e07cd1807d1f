# SPDX-License-Identifier: Apache-2.0
"""Whatever befalls a console's history, its server migrates, soon, and what follows is logged."""

from __future__ import annotations

import base64
import contextlib
import functools
import os
import shutil
import subprocess
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import kombu
import oslo_messaging as messaging
import pytest
from nova import context as nova_context
from oslo_config import cfg

from sandbox import config, processes, settings, state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from sandbox.client.reconfigured import Reconfigured, reconfigured
from tests.live.asking import timed
from tests.live.conftest import OTHER_PLUGIN_HOST, PLUGIN_HOST, STOCK_HOST
from tests.live.lines import NumberedLines, files, migrate

MIB = 1024 * 1024

#: nova-compute says when it begins to send a history.
HISTORY = '[DEFAULT]\ndebug = true\n[nova_ext]\nconsole_history_bytes = '
SENDING = 'bytes of console history to'

#: What the source logs of a history that arrived, of one that stays behind, and before either of
#: one that is late.
ARRIVED = 'bytes of console history went with the server'
STAYS = 'The console history does not go with the server'
LATE = 'nothing waits for it any longer'


@pytest.fixture(scope='module', autouse=True)
def hosts() -> Iterator[Reconfigured]:
    """The most is sent that may be sent."""
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


@contextlib.contextmanager
def logged(host: ComputeHost) -> Iterator[Callable[[], str]]:
    """What nova-compute logs from now on."""
    log = host.service('nova-compute').log
    with log.open(errors='replace') as file:
        file.seek(0, os.SEEK_END)
        text: list[str] = []

        def read() -> str:
            text.append(file.read())
            return ''.join(text)

        yield read


def migrates_without(lines: NumberedLines, number: int, reason: str) -> None:
    """See a guest migrate without its history, for a reason that is logged."""
    with logged(lines.guest.host) as log:
        migrate(lines.guest, number)
        assert STAYS in log() and reason in log()
    lines.first = lines.last + 1
    lines.print(100)
    lines.check()


def fill_log(lines: NumberedLines, size: int) -> None:
    """Make a log that long, the newest 16 MiB of it such that it cannot be compressed."""
    log = lines.guest.console_log()
    os.truncate(log, size - 16 * MIB)
    with log.open('ab') as file:
        file.write(b'\n' + os.urandom(16 * MIB) + b'\n')
    lines.first = lines.last + 1
    lines.print(100)


@contextlib.contextmanager
def full_disk(host: ComputeHost, free: int) -> Iterator[None]:
    """A host whose instances directory has no room for more than that."""
    inside = str(settings.LOCAL / 'instances')
    here = host.instances
    used = sum(file.stat().st_blocks * 512 for file in here.rglob('*') if file.is_file())
    kept = here.with_name('instances-kept')
    kept.mkdir()
    size = used + free
    try:
        host.run('mount', '--bind', inside, str(settings.LOCAL / kept.name))
        host.run('mount', '-t', 'tmpfs', '-o', f'size={size}', 'tmpfs', inside)
        host.run('cp', '-a', '--sparse=always', f'{settings.LOCAL / kept.name}/.', inside)
        yield
    finally:
        unmount(host, inside)
        unmount(host, str(settings.LOCAL / kept.name))
        kept.rmdir()


def unmount(host: ComputeHost, path: str) -> None:
    """Unmount once nobody has a file open there: virtlogd lets go of a log after its guest."""
    def unmounted() -> bool:
        return subprocess.run(host.command('umount', path), stderr=subprocess.DEVNULL,
                              timeout=60, check=False).returncode == 0

    wait_for(f'{path} is unmounted', unmounted)


def test_a_full_disk(lines: NumberedLines) -> None:
    fill_log(lines, 32 * MIB)
    with full_disk(ComputeHost(OTHER_PLUGIN_HOST), free=8 * MIB):
        try:
            migrates_without(lines, OTHER_PLUGIN_HOST, 'No space left on device')
        finally:
            migrate(lines.guest, PLUGIN_HOST)
    lines.check()


def test_a_log_of_200_mib(lines: NumberedLines, guest: Guest) -> None:
    fill_log(lines, 200 * MIB)
    lines.check()
    seconds, _ = timed(lambda: migrate(guest, OTHER_PLUGIN_HOST))
    print(f'migration with 16 MiB of 200: {seconds:.1f} s')
    lines.check()
    assert sum(file.stat().st_size for file in files(guest.console_log())) < 17 * MIB
    lines.print(1000)
    lines.check()


def test_a_directory_that_cannot_be_written(lines: NumberedLines, guest: Guest) -> None:
    folder = ComputeHost(PLUGIN_HOST).instances / guest.id

    def obstruct() -> None:
        with contextlib.suppress(TimeoutError):
            wait_for('the guest is expected', folder.exists, interval=0.01)
            (folder / 'console.log.history').mkdir()

    obstructing = threading.Thread(target=obstruct)
    obstructing.start()
    migrates_without(lines, PLUGIN_HOST, 'Is a directory')
    obstructing.join()
    (folder / 'console.log.history').rmdir()


def begin_to_send(guest: Guest, number: int, log: Callable[[], str]) -> None:
    """Have a guest migrate; return when it has arrived and its history is on its way.

    :param log: what the source logs
    """
    guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'})
    wait_for('the history is being sent', lambda: SENDING in log(), interval=0.005)


@contextlib.contextmanager
def while_it_is_sent(lines: NumberedLines, number: int) -> Iterator[Callable[[], str]]:
    """Migrate a guest that prints; do something as soon as its history is on its way.

    It gives what the source logs. What the guest printed before may be lost, and nothing else.
    It returns when the history has arrived late, or will not arrive any more.
    """
    fill_log(lines, 32 * MIB)
    lines.flood(2_000)  # more, and virtlogd would have deleted the 16 MiB
    with logged(lines.guest.host) as log:
        begin_to_send(lines.guest, number, log)
        yield log
        wait_for('the source goes on', lambda: LATE in log(), timeout=120)
        wait_for('the history is settled', lambda: ARRIVED in log() or STAYS in log(),
                 timeout=180)
    lines.guest.wait_status('ACTIVE')
    lines.guest.wait_settled()
    assert lines.guest.host.number == number
    lines.first = lines.last + 1
    lines.print(100)
    lines.check()
    lines.check_files(at_least=0)


def test_a_destination_that_does_not_answer(lines: NumberedLines) -> None:
    pid = ComputeHost(OTHER_PLUGIN_HOST).service('nova-compute').pid()
    assert pid is not None
    with while_it_is_sent(lines, OTHER_PLUGIN_HOST) as log, stopped(pid):
        wait_for('the source goes on', lambda: LATE in log(), timeout=120)


def consumed(queue: str) -> bool:
    """Whether anything takes messages from a queue of the message bus."""
    with kombu.Connection(config.transport_url().replace('rabbit://', 'amqp://')) as connection:
        try:
            return bool(connection.default_channel.queue_declare(
                queue, passive=True).consumer_count)
        except (*connection.channel_errors, *connection.connection_errors):
            return False


def test_a_message_bus_that_is_restarted(
        api: Api, cloud: state.State, lines: NumberedLines) -> None:
    rabbitmq = cloud.service('rabbitmq', 1)
    source = ComputeHost(OTHER_PLUGIN_HOST).service('nova-compute').pid()
    assert source is not None
    # A message to a service that has not come back to the bus is lost, and Nova's own would
    # fail the migration: the source, which has a piece on its way, goes on when all are back.
    with while_it_is_sent(lines, PLUGIN_HOST), stopped(source):
        processes.kill(rabbitmq)
        processes.start(rabbitmq)
        processes.wait_ready(rabbitmq)
        for queue in ('conductor', f'compute.stack{PLUGIN_HOST}',
                      f'compute-alt.stack{PLUGIN_HOST}'):
            wait_for(f'{queue} is served', functools.partial(consumed, queue))
    cinder = ['cinder-scheduler', 'cinder-volume'] if cloud.options.volumes else []
    for queue in ('scheduler', f'compute.stack{STOCK_HOST}', 'q-plugin', *cinder):
        wait_for(f'{queue} is served', functools.partial(consumed, queue))
    wait_for('all services report', lambda: {found['state'] for found in api.get(
        '/os-services')['services']} == {'up'})


class Sender:
    """Sends pieces as a compute host does, or as one should not."""

    def __init__(self, guest: Guest) -> None:
        transport = messaging.get_rpc_transport(cfg.CONF, url=config.transport_url())
        self._client = messaging.get_rpc_client(transport, messaging.Target(
            exchange='nova', topic='compute', namespace='nova_ext', version='1.1'), timeout=120)
        self._server_id = guest.id

    def send(self, host: int, **changes: Any) -> Any:
        """Send one piece that would be right, but for the changes."""
        piece = {'instance_uuid': self._server_id, 'transfer': str(uuid.uuid4()), 'number': 0,
                 'total': 1, 'data': packed(b'what it printed\n'), **changes}
        return self._client.prepare(server=f'stack{host}').call(
            nova_context.get_admin_context().to_dict(), 'add_console_history', **piece)


def packed(data: bytes) -> str:
    """A piece's text as it is sent."""
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.fixture(scope='module')
def sender(guest: Guest) -> Sender:
    return Sender(guest)


def folder(guest: Guest, number: int) -> dict[str, int]:
    """The files of a server on a host, and their inodes."""
    path = ComputeHost(number).instances / guest.id
    return {file.name: file.stat().st_ino for file in path.glob('*')}


@pytest.mark.parametrize('wrong', [
    {'instance_uuid': '00000000-0000-4000-8000-000000000000'},
    {'instance_uuid': '../../etc'},
    {'transfer': 'no uuid'},
    {'number': 1},
    {'number': -1},
    {'total': 33},
    {'data': 'no base64!'},
    {'data': base64.b64encode(b'not compressed').decode()},
    {'data': packed(bytes(512 * 1024 + 1))},
    {'data': packed(bytes(100))[:12]},
], ids=lambda wrong: '{}={:.12}'.format(*next(
    (name, str(value)) for name, value in wrong.items())))
def test_pieces_that_are_wrong_are_refused(
        guest: Guest, sender: Sender, wrong: dict[str, Any]) -> None:
    before = folder(guest, PLUGIN_HOST)
    with pytest.raises(ValueError):
        sender.send(PLUGIN_HOST, **wrong)
    assert folder(guest, PLUGIN_HOST) == before


def test_pieces_of_a_server_that_is_elsewhere_are_refused(guest: Guest, sender: Sender) -> None:
    with pytest.raises(ValueError, match=r'neither on stack2'):
        sender.send(OTHER_PLUGIN_HOST)
    assert folder(guest, OTHER_PLUGIN_HOST) == {}


def test_a_piece_that_comes_again_does_no_harm(guest: Guest, sender: Sender) -> None:
    log = guest.console_log()
    for file in files(log)[:-1]:
        file.unlink()  # there is room
    again = {'transfer': str(uuid.uuid4()), 'total': 2}
    assert sender.send(PLUGIN_HOST, **again, number=1) is False
    assert sender.send(PLUGIN_HOST, **again, number=1) is False
    assert sender.send(PLUGIN_HOST, **again, number=0) is True
    after = folder(guest, PLUGIN_HOST)
    assert files(log)[0].read_bytes() == b'what it printed\n' * 2
    assert sender.send(PLUGIN_HOST, **again, number=0) is True
    assert folder(guest, PLUGIN_HOST) == after


def test_a_host_that_takes_no_history_and_sends_none(
        hosts: Reconfigured, lines: NumberedLines, guest: Guest) -> None:
    hosts.change({OTHER_PLUGIN_HOST: f'{HISTORY}0'})
    migrates_without(lines, OTHER_PLUGIN_HOST, 'at most 0')
    with logged(guest.host) as log:
        migrate(guest, PLUGIN_HOST)
        assert STAYS not in log()
    lines.first = lines.last + 1
    lines.print(100)
    lines.check()


def test_a_host_without_virtlogd_is_found_before_anything_begins(
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
        told = str(action['instanceAction']['events'])
        assert 'virtlogd, which would log its console, does not answer on host stack2' in told
        assert not (host.instances / guest.id).exists()
    finally:
        processes.start(virtlogd)
        processes.wait_ready(virtlogd)
    lines.print(100)
    lines.check()


def test_nova_compute_is_killed_while_it_is_sent(lines: NumberedLines, guest: Guest) -> None:
    source, destination = ComputeHost(PLUGIN_HOST), ComputeHost(OTHER_PLUGIN_HOST)
    compute = source.service('nova-compute')
    log = guest.console_log()
    fill_log(lines, 32 * MIB)
    try:
        with logged(source) as said:
            begin_to_send(guest, destination.number, said)
            processes.kill(compute)
        processes.start(compute)
        processes.wait_ready(compute)
        # As without nova-ext, Nova takes it for a server that has not migrated. Nothing that it
        # printed there is lost, and what it prints now is in the log on the other host.
        guest.wait_status('ACTIVE')
        assert guest.host.number == source.number
        lines.check()
        lines.check_files(log)
        assert guest.id in destination.run('virsh', 'list', '--uuid')
        arrived = destination.instances / guest.id / 'console.log'
        wait_for('it prints', lambda: b'line ' in arrived.read_bytes())
    finally:
        destination.run('virsh', 'destroy', guest.id)
        destination.run('virsh', 'undefine', guest.id)
        shutil.rmtree(destination.instances / guest.id)
