# SPDX-License-Identifier: Apache-2.0
"""The real command line clients, in their own environment."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from sandbox import settings, venvs


class OpenStack:
    """Runs ``openstack`` and ``nova`` as one persona."""

    def __init__(self, persona: str = 'admin', *, stock: bool = False) -> None:
        """Prepare.

        :param persona: one of settings.PERSONAS
        :param stock: talk to the nova-api without the plugin
        """
        self._bin = venvs.client_venv() / 'bin'
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith('OS_')},
            **settings.client_environment(persona),
            **({'OS_COMPUTE_ENDPOINT_OVERRIDE': settings.ENDPOINTS['nova_stock']}
               if stock else {})}

    def command(self, *words: str, program: str = 'openstack') -> list[str]:
        """The command line."""
        return [str(self._bin / program), *words]

    def run(self, *words: str, program: str = 'openstack') -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            self.command(*words, program=program), env=self.environment, capture_output=True,
            text=True, timeout=120, check=False)

    def say(self, *words: str, program: str = 'openstack') -> str:
        """What a command prints; it must succeed and complain of nothing."""
        done = self.run(*words, program=program)
        assert done.returncode == 0, done.stderr
        assert program == 'nova' or done.stderr == ''  # which is deprecated and says so
        return done.stdout

    def json(self, *words: str) -> Any:
        """What a command prints with ``-f json``."""
        return json.loads(self.say(*words, '-f', 'json'))

    def table(self, *words: str) -> list[dict[str, str]]:
        """The rows of every table that a command prints, by its headings."""
        return rows(self.say(*words))

    def refused(self, *words: str) -> str:
        """The one sentence with which a command fails."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (1, '')
        [sentence] = done.stderr.splitlines()
        return sentence


def rows(text: str) -> list[dict[str, str]]:
    """The rows of tables, by their headings."""
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
