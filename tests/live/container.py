# SPDX-License-Identifier: Apache-2.0
"""A host whose nova-compute is in a container, seen from outside and from inside of that."""

from __future__ import annotations

import os
import pathlib
import shlex
import subprocess

from sandbox import accounts, processes
from sandbox.client.compute import ComputeHost
from sandbox.contained import containers, images

#: How nova-compute in the container calls what it reads.
NOVA_CONF = '/etc/nova/nova.conf'

#: What commands have in the container.
ENVIRONMENT = {
    **processes.BASE_ENVIRONMENT, 'HOME': containers.HOME, 'COLUMNS': '200',
    'PYTHONWARNINGS': 'ignore', 'PATH': f'{images.VENV}/bin:{processes.BASE_ENVIRONMENT["PATH"]}'}

_DOCKER = """#!/bin/sh
[ "$1 $2 $4" = "exec --user nova_compute" ] || exit 2
user=$3
shift 4
case $user in
root) exec {root} "$@" ;;
nova) exec {nova} "$@" ;;
esac
"""


class ContainedHost(ComputeHost):
    """Runs commands in the container, as ``docker exec`` does."""

    @property
    def pid(self) -> int:
        """Of nova-compute, seen from this machine."""
        return self.pid_of('nova-compute')

    def has_own(self, namespace: str) -> bool:
        """Whether nova-compute has a namespace of its own: ``mnt``, ``pid`` or ``net``."""
        of_host = f'/proc/{self._host.require_anchor()}/ns/{namespace}'
        return os.readlink(f'/proc/{self.pid}/ns/{namespace}') != os.readlink(of_host)

    def inside(self, user: str, *command: str) -> list[str]:
        """The command line that runs a command in the container.

        :param user: root or nova
        """
        number = str(accounts.of_machine().uid if user == accounts.NOVA else 0)
        return ['nsenter', '-t', str(self.pid), '-m', '-n', '-p', '-u', '-S', number, '-G', number,
                '--', *command]

    def try_inside(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the container."""
        return subprocess.run(self.inside(user, *command), env=ENVIRONMENT, capture_output=True,
                              text=True, timeout=180, check=False)

    def run_inside(self, user: str, *command: str) -> str:
        """What a command in the container prints; it must succeed."""
        done = self.try_inside(user, *command)
        assert done.returncode == 0, done
        return done.stdout

    def try_outside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the host, outside of the container."""
        return subprocess.run(self.command(*command), env=processes.BASE_ENVIRONMENT,
                              capture_output=True, text=True, timeout=180, check=False)

    def put_docker(self, folder: pathlib.Path) -> None:
        """Put a command ``docker`` into a folder, of which there is ``exec --user``."""
        path = folder / 'docker'
        path.write_text(_DOCKER.format(**{
            user: shlex.join(self.inside(user)) for user in ('root', accounts.NOVA)}))
        path.chmod(0o755)
