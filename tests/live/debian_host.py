# SPDX-License-Identifier: Apache-2.0
"""A host of Debian's packages, as its administrator and its other users see it."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import subprocess
from typing import Any, NamedTuple

from sandbox import accounts, processes, settings, state
from sandbox.client.compute import ComputeHost
from sandbox.client.reconfigured import wait_reports

#: The directories whose files nova-ext-setup may change.
CONFIGURATION = 'nova'


class File(NamedTuple):
    """What an administrator would miss if it changed."""

    text: str
    mode: int
    owner: int
    group: int


class DebianHost(ComputeHost):
    """Runs commands as a user of the host."""

    def try_as(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a user, who is logged in as an administrator of the cloud."""
        environment = {**processes.BASE_ENVIRONMENT, **settings.client_environment()}
        return subprocess.run(
            self.command('runuser', '-u', user, '--', *command), env=environment,
            capture_output=True, text=True, timeout=180, check=False)

    def run_as(self, user: str, *command: str) -> str:
        """What a command prints, which has to succeed without a word on standard error."""
        done = self.try_as(user, *command)
        assert (done.returncode, done.stderr) == (0, ''), done
        return done.stdout

    def openstack(self, *words: str) -> Any:
        """What Debian's client answers to somebody who is nobody on the host."""
        return json.loads(self.run_as('nobody', 'openstack', *words, '-f', 'json'))

    def path(self, name: str) -> pathlib.Path:
        """A file of the host, given by its absolute path there."""
        return self.etc.parent / name.lstrip('/')

    def user_of(self, pid: int) -> str:
        """The name of the user that a process runs as."""
        number = os.stat(f'/proc/{pid}').st_uid
        return next(user for user, uid in accounts.uids(self.etc).items() if uid == number)

    def configuration(self) -> dict[str, File]:
        """The files of Nova's configuration."""
        return _files(self.etc / CONFIGURATION)

    def configuration_before(self) -> dict[str, File]:
        """Those of the controller as they were before nova-ext came."""
        spec = json.loads(state.require().hosts[self.number - 1].spec.read_text())
        found: dict[str, File] = {}
        for layer in reversed(spec['root']['layers']):
            found.update(_files(pathlib.Path(layer, 'etc', CONFIGURATION)))
        return found

    def restart(self, *names: str) -> None:
        """Restart services, as the administrator is told to."""
        services = [self.service(name) for name in names]
        for step in (processes.stop, processes.start, processes.wait_ready):
            for service in services:
                step(service)
        if 'nova-compute' in names:
            wait_reports([self.number])


def _files(folder: pathlib.Path) -> dict[str, File]:
    def read(path: pathlib.Path) -> File:
        found = path.stat()
        return File(path.read_text(), stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid)

    return {str(path.relative_to(folder)): read(path)
            for path in folder.rglob('*') if path.is_file()}
