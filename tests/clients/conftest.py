# SPDX-License-Identifier: Apache-2.0
"""The cloud that clients ask, and the environments that they are in."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from sandbox import venvs
from tests.fixtures import figures, loopback
from tests.unit import support

#: The project of the user ``admin``.
ADMIN_PROJECT = str(support.admin().project_id)

#: Seconds that any command may take, on a machine that does much else.
TIMEOUT = 300

MAINTENANCE = '2036-12-01T02:00Z/2036-12-01T06:00Z'


class Cloud(NamedTuple):
    """A cloud with two hosts, a hypervisor that has lost its service, and these servers."""

    api: loopback.LoopbackCloud
    #: On ``stack1``, running.
    web1: str
    #: On ``stack2``, shut off, with a name that is no regular expression.
    web2: str
    #: In the project of the user ``member``, on ``stack1``.
    other: str


@pytest.fixture(scope='session')
def cloud() -> Iterator[Cloud]:
    """A cloud that serves requests without a version of nova-ext, too."""
    with loopback.LoopbackCloud(serve_stock_hypervisors=True) as api:
        yield Cloud(api, *_fill(api))


def _fill(api: loopback.LoopbackCloud) -> tuple[str, str, str]:
    nova = api.nova
    nova.add_hypervisor('stack1')
    nova.add_hypervisor('stack2', disabled=True, disabled_reason='new fans')
    nova.map_host('gone')
    nova.add_node('gone')
    nova.announce(MAINTENANCE, 'stack1')
    web1 = nova.add_server('stack1', display_name='web1', project_id=ADMIN_PROJECT)
    web2 = nova.add_server(
        'stack2', display_name='web2 (b|', project_id=ADMIN_PROJECT, power_state=4,
        vm_state='stopped')
    for _ in range(2):
        nova.add_server('stack2', display_name='twin', project_id=ADMIN_PROJECT)
    other = nova.add_server('stack1', display_name='other')
    nova.load_cells()
    for host in ('stack1', 'stack2'):
        api.start_host(host, lambda instance: (
            figures.shut_off() if instance.power_state == 4 else figures.running()))
    return web1, web2, other


class Clients:
    """The programs of an environment, which ask the cloud as one user."""

    def __init__(self, venv: pathlib.Path, cloud: Cloud, user: str = 'admin') -> None:
        self.venv = venv
        self._cloud = cloud
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith('OS_')},
            **cloud.api.environment(user), 'COLUMNS': '200', 'PYTHONWARNINGS': 'ignore'}

    def as_user(self, user: str) -> Clients:
        """The same programs for another user."""
        return Clients(self.venv, self._cloud, user)

    def command(self, *words: str) -> list[str]:
        """A command line, as the words of a program of the environment."""
        return [str(self.venv / 'bin' / words[0]), *words[1:]]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command; the requests that it makes are all that the cloud remembers."""
        self._cloud.api.requests.clear()
        return subprocess.run(
            self.command(*words), env=self.environment, cwd='/', capture_output=True, text=True,
            timeout=TIMEOUT, check=False)

    def output(self, *words: str) -> str:
        """What a command prints that succeeds."""
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        assert ' object at 0x' not in done.stdout
        return done.stdout

    def error(self, *words: str) -> str:
        """The last line of what a command prints that fails."""
        done = self.run(*words)
        assert done.returncode == 1, done
        assert 'Traceback' not in done.stderr
        return done.stderr.splitlines()[-1]


#: Environments by their names: of today, and the oldest that the extra ``cli`` allows.
ENVIRONMENTS: dict[str, Callable[[], pathlib.Path]] = {
    'newest': venvs.client_venv, 'debian-12': venvs.debian_client_venv}


@pytest.fixture(scope='session', params=ENVIRONMENTS)
def clients(request: Any, cloud: Cloud) -> Clients:
    """The programs of each environment."""
    return Clients(ENVIRONMENTS[request.param](), cloud)
