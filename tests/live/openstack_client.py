# SPDX-License-Identifier: Apache-2.0
"""Run the real ``openstack`` and ``nova`` commands from an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from sandbox import settings, venvs


class OpenStackClient:
    """Runs ``openstack`` and ``nova`` as one persona."""

    def __init__(self, persona: str = 'admin', *, stock: bool = False) -> None:
        """Set up the environment variables of the commands.

        :param persona: one of settings.PERSONAS
        :param stock: use the nova-api without the plugin
        """
        self._bin = venvs.client_venv() / 'bin'
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith('OS_')},
            **settings.client_environment(persona),
            **({'OS_COMPUTE_ENDPOINT_OVERRIDE': settings.ENDPOINTS['nova_stock']}
               if stock else {})}

    def command(self, *words: str, program: str = 'openstack') -> list[str]:
        """The command line as a list of arguments."""
        return [str(self._bin / program), *words]

    def run(self, *words: str, program: str = 'openstack') -> subprocess.CompletedProcess[str]:
        """Run a command and return its exit code and output."""
        return subprocess.run(
            self.command(*words, program=program), env=self.environment, capture_output=True,
            text=True, timeout=120, check=False)

    def output(self, *words: str, program: str = 'openstack') -> str:
        """Standard output of a command that must succeed without a warning."""
        done = self.run(*words, program=program)
        assert done.returncode == 0, done.stderr
        assert program == 'nova' or done.stderr == ''  # nova warns that it is deprecated
        return done.stdout

    def json(self, *words: str) -> Any:
        """Output of a command with ``-f json``, decoded."""
        return json.loads(self.output(*words, '-f', 'json'))

    def table(self, *words: str) -> list[dict[str, str]]:
        """The rows of all tables that a command prints, each as a dict by column heading."""
        return parse_tables(self.output(*words))

    def error(self, *words: str) -> str:
        """The only line that a failing command prints, on standard error."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (1, '')
        [line] = done.stderr.splitlines()
        return line


def parse_tables(text: str) -> list[dict[str, str]]:
    """The rows of all tables in a text, each as a dict by column heading."""
    found: list[dict[str, str]] = []
    heading: list[str] = []
    borders = 0
    for line in text.splitlines():
        if line.startswith('+'):
            borders = borders % 3 + 1
        elif line.startswith('|'):
            cells = [cell.strip() for cell in line.strip('|').split('|')]
            if borders == 1:
                heading = cells
            else:
                found.append(dict(zip(heading, cells)))
    return found
