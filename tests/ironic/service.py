# SPDX-License-Identifier: Apache-2.0
"""A real ironic on the loopback interface, and what it says of itself to another client."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import openstack
import requests

from sandbox import ironic, venvs

#: Seconds until it serves.
_START_TIMEOUT = 180

_ADDRESS = '127.0.0.1'

#: What ironic-api logs of a request.
_REQUEST = re.compile(r'(?m) INFO ironic\.api .* ([A-Z]+ /\S*) - \d+ \(.*\)$')


class Ironic:
    """ironic-api and ironic-conductor over SQLite, without keystone."""

    def __init__(self, folder: pathlib.Path) -> None:
        """Start it.

        :param folder: an empty one, for its data
        """
        self._folder = folder
        port, rpc_port = _free_ports(2)
        self.endpoint = f'http://{_ADDRESS}:{port}'
        self._programs = venvs.ironic_venv() / 'bin'
        ironic.write(
            folder, folder / 'ironic.conf', ip=_ADDRESS, port=port, rpc_port=rpc_port,
            database=f'sqlite:///{folder}/ironic.sqlite')
        self._finish('ironic-dbsync', 'create_schema')
        self.conductor = self._start('ironic-conductor')
        self.api = self._start('ironic-api')
        self._wait()
        #: openstacksdk's proxy for ironic, which owes nothing to Nova.
        self.proxy: Any = openstack.connection.Connection(
            auth_type='none', auth={'endpoint': self.endpoint},
            baremetal_endpoint_override=self.endpoint).baremetal

    def stop(self) -> None:
        """End it."""
        for process in (self.api, self.conductor):
            _signal(process, signal.SIGKILL)
            process.wait(60)

    @contextlib.contextmanager
    def stopped(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Have a service of it and its workers do nothing; its connections stay."""
        _signal(process, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(process, signal.SIGCONT)

    def requests(self) -> list[str]:
        """What it was asked so far, as it has logged that: method and path with its query."""
        return _REQUEST.findall((self._folder / 'ironic-api.log').read_text())

    def _wait(self) -> None:
        """Wait until a conductor has said that it has the driver."""
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._serves():
            for process in (self.api, self.conductor):
                assert process.poll() is None, self._logs()
            assert time.monotonic() < deadline, self._logs()
            time.sleep(0.3)

    def _serves(self) -> bool:
        try:
            answer = requests.get(f'{self.endpoint}/v1/drivers', timeout=10)
        except requests.RequestException:
            return False
        return answer.ok and bool(answer.json()['drivers'])

    def _command(self, name: str) -> list[str]:
        return [f'{self._programs}/{name}', '--config-file', f'{self._folder}/ironic.conf']

    def _finish(self, name: str, *words: str) -> None:
        done = subprocess.run(
            [*self._command(name), *words], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        with (self._folder / f'{name}.log').open('wb') as log:
            return subprocess.Popen(
                self._command(name), stdout=log, stderr=log, start_new_session=True)

    def _logs(self) -> str:
        return '\n'.join(
            path.read_text()[-2000:] for path in sorted(self._folder.glob('ironic-*.log')))


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a process and its workers."""
    os.killpg(process.pid, number)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server((_ADDRESS, 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
