# SPDX-License-Identifier: Apache-2.0
"""A cell whose database breaks: the other cells' hosts are listed, and its name.

The second cell is empty. Its database is MariaDB's, too, but nova-api reaches it through a relay,
which refuses or says nothing when it is told so.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import settings, state
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.services import MYSQL_SOCKET
from tests.live import nova_api, seeing
from tests.live.asking import timed
from tests.live.seeing import Look, Subject

NAME = DATABASE = 'nova_cell2'

#: Seconds: ``[nova_ext] cell_timeout``, and what an answer may take beside it.
CELL_TIMEOUT = 4
NORMAL = 10


class Relay:
    """A port through which the database is reached, until it breaks."""

    def __init__(self) -> None:
        self._silent = False
        self._sockets: list[socket.socket] = []
        self._server = self._listen(0)
        self.port = int(self._server.getsockname()[1])

    def _listen(self, port: int) -> socket.socket:
        server = socket.create_server((settings.CONTROLLER_IP, port), backlog=64)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()
        return server

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the end: it was closed
            while True:
                client = server.accept()[0]
                database = socket.create_connection(
                    (settings.CONTROLLER_IP, settings.MYSQL_PORT))
                self._sockets += [client, database]
                for pair in ((client, database), (database, client)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                while self._silent:
                    time.sleep(0.05)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End every connection and accept none."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._silent = False
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._sockets.clear()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """It is as if nothing listened there."""
        self.close()
        try:
            yield
        finally:
            self._server = self._listen(self.port)

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Whoever asks waits."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False


@pytest.fixture(scope='module')
def relay(cloud: state.State) -> Iterator[Relay]:
    """The way to one more cell's database, which nova-api knows."""
    through = Relay()
    options = {'cell_timeout': str(CELL_TIMEOUT)}
    try:
        with _database(), _cell(cloud, through.port), nova_api.written(nova_ext=options):
            nova_api.restart()
            yield through
    finally:
        nova_api.restart()
        through.close()


@contextlib.contextmanager
def _database() -> Iterator[None]:
    """An empty cell's database."""
    socket_option = f'--no-defaults -uroot --socket={MYSQL_SOCKET}'

    def shell(command: str) -> None:
        ComputeHost(1).run('sh', '-c', command)

    shell(f'mariadb {socket_option} -e "DROP DATABASE IF EXISTS {DATABASE}; '
          f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4; GRANT ALL ON {DATABASE}.* TO os@'%'"
          f'" && mariadb-dump {socket_option} --no-data nova_cell1 '
          f'| mariadb {socket_option} {DATABASE}')
    try:
        yield
    finally:
        shell(f"mariadb {socket_option} -e \"DROP DATABASE {DATABASE}; "
              f"REVOKE ALL ON {DATABASE}.* FROM os@'%'\"")


@contextlib.contextmanager
def _cell(cloud: state.State, port: int) -> Iterator[None]:
    """A cell with its database at that port."""
    url = settings.database_url(DATABASE).replace(f':{settings.MYSQL_PORT}/', f':{port}/')
    messages = f'rabbit://nobody:wrong@{settings.CONTROLLER_IP}:1/'
    uuid = _manage(cloud, 'create_cell', '--name', NAME, '--database_connection', url,
                   '--transport-url', messages, '--verbose').split()[-1]
    try:
        yield
    finally:
        _manage(cloud, 'delete_cell', '--cell_uuid', uuid)


def _manage(cloud: state.State, *arguments: str) -> str:
    """What nova-manage prints."""
    host = ComputeHost(1)
    configuration = cloud.hosts[0].etc / 'nova-api' / 'nova.conf'
    done = subprocess.run(
        host.command(f'{cloud.environments.nova}/bin/nova-manage', '--config-file',
                     str(configuration), 'cell_v2', *arguments),
        capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _names(answer: dict[str, Any]) -> list[str]:
    return [cell['name'] for cell in answer['down_cells']]


def _check(api: Api, subject: Subject) -> None:
    """The healthy cell's hosts and servers are told, and the broken cell is named."""
    for form in ('', '/detail'):
        found = api.get(f'/os-hypervisors{form}', nova_ext='1.1')
        assert {'stack1', 'stack2', 'stack3'} <= {
            hypervisor['hypervisor_hostname'] for hypervisor in found['hypervisors']}
        assert _names(found) == [NAME]
    one = found['hypervisors'][0]['id']
    assert api.get(f'/os-hypervisors/{one}', nova_ext='1.1')['hypervisor']['id'] == one
    unknown = api.request('GET', '/os-hypervisors/00000000-0000-4000-8000-000000000000',
                          nova_ext='1.1')
    assert unknown.status_code == 503
    assert NAME in unknown.text
    for nova_ext in ('1.0', '1.1'):
        server = api.get(f'/servers/{subject.server}', nova_ext=nova_ext)['server']
        assert server['host_status'] == 'UP'


def _check_healthy(api: Api) -> None:
    """Nothing is said to be down, by neither of nova-api's processes."""
    wait_for('the second cell', lambda: all(
        _names(api.get('/os-hypervisors', nova_ext='1.1')) == [] for _ in range(10)))


def test_a_database_that_refuses_connections(
        api: Api, relay: Relay, subject: Subject) -> None:
    _check_healthy(api)
    with relay.refusing():
        _check(api, subject)
        seeing.check_servers(api, subject, Look('UP'), ('2.1', '2.90'))
    _check_healthy(api)


def test_a_database_that_does_not_answer_is_waited_for_once(
        api: Api, relay: Relay, subject: Subject) -> None:
    """By each of nova-api's processes, of which there are four at most."""
    _check_healthy(api)
    with relay.silent():
        took = [timed(lambda: api.get('/os-hypervisors', nova_ext='1.1')) for _ in range(20)]
        assert all(_names(answer) == [NAME] for _, answer in took)
        assert max(seconds for seconds, _ in took) < CELL_TIMEOUT + NORMAL
        waited = [seconds for seconds, _ in took if seconds > CELL_TIMEOUT - 0.1]
        assert 1 <= len(waited) <= 4, [seconds for seconds, _ in took]
        _check(api, subject)
    _check_healthy(api)
