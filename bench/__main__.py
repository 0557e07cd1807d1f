# SPDX-License-Identifier: Apache-2.0
"""Brings up a cloud where none is, and runs every benchmark in it."""

from __future__ import annotations

import subprocess
import sys

from nova_ext.cmd import pipes
from sandbox import settings, state, venvs

STACK = str(settings.CHECKOUT / 'sandbox/stack')


def main() -> int:
    """Run them; what they print is the result."""
    python = str(venvs.test_venv() / 'bin/python')
    if state.load() is None:
        _run([STACK, 'up', '--hosts', '3', '--stock-host', '3', '--stock-api'])
    for name in ('api', 'hypervisors', 'servers'):
        _run([STACK, 'exec', '--net', python, '-W', 'ignore', '-m', f'bench.{name}'])
    _run([STACK, 'exec', python, '-W', 'ignore', '-m', 'bench.driver'])
    _run([STACK, 'exec', '--net', python, '-W', 'ignore', '-m', 'bench.migration'])
    return 0


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, cwd=settings.CHECKOUT, timeout=1800)


if __name__ == '__main__':
    sys.exit(pipes.run(main))
