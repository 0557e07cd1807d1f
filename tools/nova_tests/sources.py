# SPDX-License-Identifier: Apache-2.0
"""Nova's source distribution: its functional tests need samples that the wheel does not have."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from sandbox import settings
from sandbox.errors import SandboxError

#: Seconds for the package index, or for unpacking.
_TIMEOUT = 600


def ensure(version: str, python: pathlib.Path) -> pathlib.Path:
    """Return the unpacked source distribution of Nova; fetch it unless it is there.

    :param python: of an environment with what Nova is built with
    :raises SandboxError: it cannot be had
    """
    name = f'nova-{version}'
    target = settings.CACHE / name
    if not target.exists():
        settings.CACHE.mkdir(parents=True, exist_ok=True)
        print(f"Fetching Nova {version}'s source distribution", flush=True)
        with tempfile.TemporaryDirectory(dir=settings.CACHE) as folder:
            _run([str(python), '-m', 'pip', '--disable-pip-version-check', 'download', '--quiet',
                  '--no-deps', '--no-binary', 'nova', '--no-build-isolation', '--dest', folder,
                  f'nova=={version}'])
            _run(['tar', '--extract', '--gzip', '--directory', folder,
                  '--file', f'{folder}/{name}.tar.gz'])
            pathlib.Path(folder, name).rename(target)
    shutil.rmtree(target / 'instances', ignore_errors=True)  # what earlier tests left there
    return target


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              timeout=_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise SandboxError(f'`{" ".join(command[:4])}` did not end within {_TIMEOUT} s') from None
    if done.returncode:
        tail = '\n'.join(done.stderr.splitlines()[-10:])
        raise SandboxError(f'`{" ".join(command[:4])} ...` failed:\n{tail}\n'
                           'What to do: look at the network and at `pip config list`.')
