"""Compute hosts that are configured otherwise for a while."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox import processes
from sandbox.client.api import Api, wait_for
from sandbox.client.compute import ComputeHost
from sandbox.processes import Service


class Reconfigured:
    """What was changed, and how to undo it."""

    def __init__(self) -> None:
        self._original: dict[int, str] = {}

    def change(self, options: Mapping[int, str]) -> None:
        """Run nova-compute of some hosts with other options.

        :param options: by the number of the host, lines that are added to its own configuration
            file, where they override what is there
        """
        changed = []
        for number, added in options.items():
            file = ComputeHost(number).etc / 'nova/nova-cpu.conf'
            before = file.read_text()
            original = self._original.setdefault(number, before)
            text = f'{original}\n{added}\n' if added else original
            if text != before:
                file.write_text(text)
                changed.append(number)
        restart(changed)

    def undo(self) -> None:
        """Run all of them as they were before."""
        self.change(dict.fromkeys(self._original, ''))


@contextlib.contextmanager
def reconfigured(options: Mapping[int, str]) -> Iterator[Reconfigured]:
    """Run nova-compute of some hosts with other options for a while.

    :param options: as for :meth:`Reconfigured.change`, which may be called meanwhile
    """
    hosts = Reconfigured()
    try:
        hosts.change(options)
        yield hosts
    finally:
        hosts.undo()


def restart(numbers: Iterable[int]) -> None:
    """Restart nova-compute of some hosts, side by side, and wait until all are up."""
    hosts = [ComputeHost(number) for number in numbers]
    services = [host.service('nova-compute') for host in hosts]
    for act in (processes.stop, processes.start, processes.wait_ready):
        _each(act, services)
    names, api = {host.name for host in hosts}, Api()
    wait_for(f'nova-compute on {sorted(names)} is up', lambda: names <= {
        found['host'] for found in api.get('/os-services?binary=nova-compute')['services']
        if found['state'] == 'up'})


def _each(act: Callable[[Service], None], services: list[Service]) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(act, services))
