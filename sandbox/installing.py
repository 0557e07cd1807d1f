"""pip in an environment, with an error that says what to do."""

import os
import pathlib
import re
import subprocess

from sandbox.errors import SandboxError


def pip(venv: pathlib.Path, *args: str, environment: dict[str, str] | None = None,
        hint: str = 'look at the network and at `pip config list`, then try again') -> str:
    """Run the pip of an environment and return what it printed."""
    command = [str(venv / 'bin/python'), '-m', 'pip', '--disable-pip-version-check']
    return run([*command, *args], hint, {'PIP_PROGRESS_BAR': 'off', **(environment or {})})


def run(command: list[str], hint: str, environment: dict[str, str] | None = None) -> str:
    """Run a command; when it fails, say so with its last lines and the hint."""
    try:
        done = subprocess.run(command, env={**os.environ, **(environment or {})},
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SandboxError(f'{command[0]} is missing: {hint}') from None
    if done.returncode:
        noise = re.compile(r'WARNING: Location|DEPRECATION|\[notice\]|^\s*$')
        output = [x for x in (done.stdout + done.stderr).splitlines() if not noise.search(x)]
        tail = '\n'.join(output[-15:])
        raise SandboxError(f"{' '.join(command[:6])} ... failed:\n{tail}\nWhat to do: {hint}")
    return done.stdout
