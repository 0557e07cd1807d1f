"""Starts services and fills the cloud: what the steps of bringing a cloud up are made of."""

import subprocess
from collections.abc import Iterable, Sequence

from sandbox import processes, settings, venvs
from sandbox.errors import SandboxError
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.steps import Step

POPULATE_TIMEOUT = 600  # seconds


def serving(name: str, services: Sequence[Service], after: tuple[str, ...] = ()) -> Step:
    """The step that starts services together and ends when all of them serve."""
    def action() -> None:
        for service in services:
            processes.start(service)
        for service in services:
            processes.wait_ready(service)
    return Step(name, action, after)


def populate(controller: Host, services: Iterable[Service], *words: str) -> None:
    """Run one part of sandbox.populate; fail early when a service ends meanwhile."""
    log = controller.log_dir / 'populate.log'
    command = [f'{venvs.services_venv()}/bin/python', '-m', 'sandbox.populate', *words]
    with log.open('ab') as output:
        worker = subprocess.Popen(
            controller.enter(command, only_network=True),
            env={**processes.BASE_ENVIRONMENT, 'PYTHONPATH': str(settings.CHECKOUT)},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        processes.wait_for_command(worker, services, POPULATE_TIMEOUT)
    finally:
        worker.kill()
    if worker.wait():
        raise SandboxError(
            f'Filling the cloud ({words[0]}) failed:\n\n{processes.tail(log)}\n'
            f'The logs of the services: {controller.log_dir}')
