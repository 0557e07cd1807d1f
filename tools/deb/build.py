# SPDX-License-Identifier: Apache-2.0
"""Builds source and binary packages away from the checkout, which stays as it is."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence

from sandbox import packages
from sandbox.errors import SandboxError
from tools.deb import sources, versions

#: Debian's own tools, and none of an environment that happens to be active.
ENVIRONMENT = {
    'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent'}

#: Seconds after which a build is ended: many times what it takes.
_TIMEOUT = 20 * 60


def build(tree: pathlib.Path, output: pathlib.Path) -> list[pathlib.Path]:
    """Build the packages of a tree.

    :param tree: a checkout, or an unpacked archive of one
    :param output: where they go, with their source and what was said while they were built; those
        of an earlier build are deleted
    :returns: the binary packages
    :raises SandboxError: something is missing, or the build fails
    """
    with tempfile.TemporaryDirectory(prefix='nova-ext-') as folder:
        parent = pathlib.Path(folder)
        copy = parent / 'nova-ext'
        sources.copy(tree, copy)
        changelog = versions.changelog(tree)
        (copy / 'debian/changelog').write_text(changelog)
        upstream = versions.upstream_of(changelog)
        _ensure_tools(copy)
        _pack_upstream(
            copy, versions.date_of(changelog), parent / f'nova-ext_{upstream}.orig.tar.xz')
        log = parent / f'nova-ext_{upstream}.build'
        _run(['dpkg-buildpackage', '--no-sign'], copy, log)
        return _collect(parent, output)


def _ensure_tools(copy: pathlib.Path) -> None:
    """Install what the package says it is built with, where something of it is missing."""
    packages.ensure_named(['dpkg-dev'])
    check = ['dpkg-checkbuilddeps']
    missing = subprocess.run(check, cwd=copy, env=ENVIRONMENT, capture_output=True, text=True,
                             timeout=60, check=False)
    if missing.returncode:
        packages.ensure_build_dependencies(copy, missing.stderr.strip())


def _pack_upstream(copy: pathlib.Path, date: str, archive: pathlib.Path) -> None:
    """Pack what is not Debian's, as of a date: always into the same bytes."""
    _run(['tar', '--create', '--xz', '--file', str(archive), '--sort=name', '--owner=0',
          '--group=0', '--numeric-owner', f'--mtime={date}', '--exclude=./debian',
          '--transform=s,^\\.,nova-ext,', '.'], copy)


def _run(command: Sequence[str], folder: pathlib.Path, log: pathlib.Path | None = None) -> None:
    """Run a command, and keep what it printed where a log is asked for."""
    options = {name: os.environ[name] for name in ('DEB_BUILD_OPTIONS',) if name in os.environ}
    try:
        done = subprocess.run(
            command, cwd=folder, env={**ENVIRONMENT, **options}, timeout=_TIMEOUT, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except subprocess.TimeoutExpired:
        raise SandboxError(f'{command[0]} did not end within {_TIMEOUT} s') from None
    if log is not None:
        log.write_text(done.stdout)
    if done.returncode:
        raise SandboxError(f'{command[0]} failed:\n' + '\n'.join(done.stdout.splitlines()[-30:]))


def _collect(folder: pathlib.Path, output: pathlib.Path) -> list[pathlib.Path]:
    """Move what was built, and forget what was built before."""
    output.mkdir(parents=True, exist_ok=True)
    for old in (*output.glob('nova-ext_*'), *output.glob('python3-nova-ext*_*.deb')):
        old.unlink()
    built = sorted(path for path in folder.iterdir() if path.is_file())
    for path in built:
        shutil.move(path, output / path.name)
    return [output / path.name for path in built if path.suffix == '.deb']
