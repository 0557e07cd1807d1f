# SPDX-License-Identifier: Apache-2.0
"""A nova-api of one process and one thread, over the cloud's data, for one benchmark.

A request to one of the cloud's own would come to one process or another, of which each has its own
past. These have none but what the benchmark asks them.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

from bench import sql
from sandbox import checks, processes, settings, state
from sandbox.client.api import Api
from sandbox.processes import Service

_STOCK_PORT, _OURS_PORT = 28774, 28775


class ApiProcess:
    """A nova-api, with nova-ext or without, and a client of it."""

    def __init__(self, service: Service, port: int) -> None:
        self.service = service
        self._api = Api(endpoint=f'http://{settings.CONTROLLER_IP}:{port}/v2.1')

    def get(self, path: str, compute: str, nova_ext: str | None = None) -> Any:
        """Read something that must be there."""
        return self._api.get(path, compute=compute, nova_ext=nova_ext)

    def by_hand(self, path: str, compute: str, nova_ext: str | None = None) -> sql.ByHand:
        """The SQL of a request, to be executed by hand."""
        self.get(path, compute, nova_ext)  # what is read once in a process's life
        return sql.ByHand(self.service, lambda: self.get(path, compute, nova_ext))


@contextlib.contextmanager
def two_apis() -> Iterator[tuple[ApiProcess, ApiProcess]]:
    """Stock's and ours for a while, both just started."""
    found = [_service(name, port) for name, port in (
        ('nova-api-stock', _STOCK_PORT), ('nova-api', _OURS_PORT))]
    try:
        for service, _ in found:
            processes.start(service)
        for service, _ in found:
            processes.wait_ready(service)
        stock, ours = (ApiProcess(service, port) for service, port in found)
        yield stock, ours
    finally:
        for service, _ in found:
            processes.stop(service)


def _service(name: str, port: int) -> tuple[Service, int]:
    """One like the cloud's own, but for its size."""
    original = state.require().service(name, 1)
    command = list(original.command)
    for option, value in (('--http-socket', f'{original.host.ip}:{port}'),
                          ('--processes', '1'), ('--threads', '1')):
        command[command.index(option) + 1] = value
    return dataclasses.replace(
        original, name=f'bench-{name}', command=command, ready=checks.http(port, '/')), port
