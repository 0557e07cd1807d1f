# SPDX-License-Identifier: Apache-2.0
"""Helpers for tests of the console history, which a live migration sends to the destination."""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import kombu
import oslo_messaging as messaging
from nova import context as nova_context
from oslo_config import cfg

from sandbox import rendering, settings
from sandbox.client.api import wait_for
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from tests.live.console_log import NumberedLines, live_migrate

MIB = 1024 * 1024

#: Logged by the source: it begins to send; it takes too long, so that the migration goes on
#: without waiting; it was received; it was not.
SENDING = 'bytes of console history to'
TIMED_OUT = 'Timed out sending the console history'
RECEIVED = 'Console history of'
FAILED = 'Failed to send the console history'


@contextlib.contextmanager
def nova_compute_log(host: ComputeHost) -> Iterator[Callable[[], str]]:
    """A function that returns what nova-compute has logged since the ``with`` began."""
    log = host.service('nova-compute').log
    with log.open(errors='replace') as file:
        file.seek(0, os.SEEK_END)
        text: list[str] = []

        def read() -> str:
            text.append(file.read())
            return ''.join(text)

        yield read


def migrate_without_history(lines: NumberedLines, number: int, reason: str) -> None:
    """Check that a guest migrates without its history, and that the reason is logged."""
    with nova_compute_log(lines.guest.host) as log:
        live_migrate(lines.guest, number)
        assert FAILED in log() and reason in log(), log()
    lines.first = lines.last + 1
    lines.print(100)
    lines.check_output()


def fill_log(lines: NumberedLines, size: int) -> None:
    """Grow the log to that size, with 16 MiB of incompressible data at its end."""
    log = lines.guest.console_log()
    os.truncate(log, size - 16 * MIB)
    with log.open('ab') as file:
        file.write(b'\n' + os.urandom(16 * MIB) + b'\n')
    lines.first = lines.last + 1
    lines.print(100)


def start_migration(guest: Guest, number: int, log: Callable[[], str]) -> None:
    """Live-migrate a guest; return when it has arrived and its history is being sent.

    :param log: returns what the source has logged
    """
    guest.act('os-migrateLive', {'host': f'stack{number}', 'block_migration': 'auto'})
    wait_for('the history is being sent', lambda: SENDING in log(), interval=0.005)


@contextlib.contextmanager
def history_being_sent(lines: NumberedLines, number: int) -> Iterator[Callable[[], str]]:
    """Migrate a printing guest; run the body of the ``with`` while its history is being sent.

    It yields a function that returns what the source has logged. At the end it waits until the
    history is received late, or not at all; lines printed before may be lost, later ones not.
    """
    fill_log(lines, 32 * MIB)
    lines.flood(2_000)  # with more, virtlogd would delete the 16 MiB
    with nova_compute_log(lines.guest.host) as log:
        start_migration(lines.guest, number, log)
        yield log
        wait_for('the source stops waiting', lambda: TIMED_OUT in log(), timeout=120)
        wait_for('the history is received or not', lambda: RECEIVED in log() or FAILED in log(),
                 timeout=180)
    lines.guest.wait_status('ACTIVE')
    lines.guest.wait_settled()
    assert lines.guest.host.number == number
    lines.first = lines.last + 1
    lines.print(100)
    lines.check_output()
    lines.check_files(at_least=0)


@contextlib.contextmanager
def full_disk(host: ComputeHost, free: int) -> Iterator[None]:
    """Leave only that many bytes free in the instances directory of a host."""
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
        _unmount(host, inside)
        _unmount(host, str(settings.LOCAL / kept.name))
        kept.rmdir()


def _unmount(host: ComputeHost, path: str) -> None:
    """Unmount when no file is open there: virtlogd closes a log some time after its guest."""
    def unmounted() -> bool:
        return subprocess.run(host.command('umount', path), stderr=subprocess.DEVNULL,
                              timeout=60, check=False).returncode == 0

    wait_for(f'{path} is unmounted', unmounted)


def instance_files(guest: Guest, number: int) -> dict[str, int]:
    """The files of a server on a host, with their inode numbers."""
    path = ComputeHost(number).instances / guest.id
    return {file.name: file.stat().st_ino for file in path.glob('*') if file.suffix != '.index'}


def has_consumer(queue: str) -> bool:
    """Whether a queue of the message bus has a consumer."""
    with kombu.Connection(rendering.transport_url().replace('rabbit://', 'amqp://')) as connection:
        try:
            return bool(connection.default_channel.queue_declare(
                queue, passive=True).consumer_count)
        except (*connection.channel_errors, *connection.connection_errors):
            return False


class HistoryClient:
    """Sends pieces of a console history to a compute host, valid ones and others."""

    def __init__(self, guest: Guest) -> None:
        transport = messaging.get_rpc_transport(cfg.CONF, url=rendering.transport_url())
        self._client = messaging.get_rpc_client(transport, messaging.Target(
            exchange='nova', topic='compute', namespace='nova_ext', version='1.1'), timeout=120)
        self._server_id = guest.id

    def send(self, host: int, **changes: Any) -> Any:
        """Send one piece that is valid except for the changes."""
        piece = {'instance_uuid': self._server_id, 'transfer': str(uuid.uuid4()), 'number': 0,
                 'total': 1, 'data': encode(b'what it printed\n'), **changes}
        return self._client.prepare(server=f'stack{host}').call(
            nova_context.get_admin_context().to_dict(), 'add_console_history', **piece)


def encode(data: bytes) -> str:
    """Encode the data of a piece as it is sent."""
    return base64.b64encode(zlib.compress(data)).decode()
