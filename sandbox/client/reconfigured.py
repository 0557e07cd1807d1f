"""Compute hosts that are configured otherwise for a while."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

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
            file = ComputeHost(number).nova_conf
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


def restart(numbers: Sequence[int]) -> None:
    """Restart nova-compute of some hosts, side by side, and wait until all serve."""
    hosts = [ComputeHost(number) for number in numbers]
    services = [host.service('nova-compute') for host in hosts]
    _each(processes.kill, services)
    _each(processes.start, services)
    _each(processes.wait_ready, services)
    wait_reports(numbers)


def wait_reports(numbers: Sequence[int]) -> None:
    """Wait until nova-compute of some hosts, which was just started, has reported.

    It does so 5 s after its start; until then Nova may take the host for down.
    """
    api = Api()
    before = _reported(api)
    names = [ComputeHost(number).name for number in numbers]

    def report() -> bool:
        now = _reported(api)
        return all(now[name] != before[name] for name in names)

    wait_for(f'nova-compute on {names} reports', report)


def _reported(api: Api) -> dict[str, str]:
    """When the nova-compute of each host has reported last."""
    return {found['host']: found['updated_at']
            for found in api.get('/os-services?binary=nova-compute')['services']}


def _each(act: Callable[[Service], None], services: list[Service]) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(act, services))
