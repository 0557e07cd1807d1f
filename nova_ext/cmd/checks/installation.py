# SPDX-License-Identifier: Apache-2.0
"""Whether there is one nova-ext, beside Nova, that the services' users can read."""

from __future__ import annotations

import glob
import importlib.metadata
import importlib.util
import os
import stat
import sys
from collections.abc import Iterator, Sequence

import nova_ext
from nova_ext import findings
from nova_ext.cmd.services import command
from nova_ext.cmd.services.host import Host

#: What dpkg writes when it installs the package.
_DPKG = '/var/lib/dpkg/info/python3-nova-ext.list'


def check(host: Host, path: Sequence[str]) -> Iterator[findings.Finding]:
    """Look at what Python finds.

    :param path: where it searches, as sys.path
    """
    for service in host.services:
        prefix = service.command.prefix
        if not host.tree.is_foreign and not command.is_this_environment(prefix):
            yield findings.error(
                f'{service.name} runs in {prefix}, and this command looks at {sys.prefix}: run '
                f'{prefix}/bin/nova-ext-status.')
    packages, distributions = copies(path)
    if len(packages) > 1:
        yield findings.error(
            f'nova-ext is in {", ".join(packages)}; Python takes the first. Remove the others.')
    if len(distributions) > 1:
        yield findings.error(
            f'{" and ".join(distributions)} are both there, of which Python may take the older. '
            'Remove those of versions that are not installed any more.')
    closed = [name for name in [*packages, *distributions] if not _is_open(name)]
    for name in closed if _is_novas_open() else ():
        yield findings.error(
            f'{name} cannot be read by every user, as Nova can, so that neither services nor '
            f'clients may start: chmod -R a+rX {name}.')
    folder = os.path.dirname(os.path.dirname(str(nova_ext.__file__)))
    try:
        version = importlib.metadata.version('nova-ext')
    except importlib.metadata.PackageNotFoundError:
        yield findings.error(
            f'nova-ext is in {folder} without its metadata, so that Nova does not find its '
            'filter. Install it again.')
        return
    if len(packages) < 2 and len(distributions) < 2 and not closed:
        yield findings.ok(f'nova-ext {version} is in {folder}')


def copies(path: Sequence[str]) -> tuple[list[str], list[str]]:
    """The packages nova_ext and the metadata of nova-ext, in the order of Python's search."""
    folders = list(dict.fromkeys(os.path.realpath(folder or '.') for folder in path))
    packages = [f'{folder}/nova_ext' for folder in folders
                if os.path.isfile(f'{folder}/nova_ext/__init__.py')]
    distributions = [name for folder in folders for pattern in ('dist', 'egg')
                     for name in sorted(glob.glob(
                         f'{glob.escape(folder)}/nova_ext-*.{pattern}-info'))]
    return packages, distributions


def marks() -> list[str]:
    """Files that are written when nova-ext is installed, and not when it is used."""
    file = str(nova_ext.__file__)
    folder = glob.escape(os.path.dirname(os.path.dirname(file)))
    return [*glob.glob(f'{folder}/nova_ext-*.dist-info/METADATA'), file, _DPKG]


def _is_novas_open() -> bool:
    nova = importlib.util.find_spec('nova')
    return bool(nova and nova.origin and _is_open(os.path.dirname(nova.origin), depth=0))


def _is_open(folder: str, depth: int = 10) -> bool:
    """Whether every user can read a folder, its files and those of its folders.

    :param depth: of how many levels below it
    """
    for entry in os.scandir(folder):
        if entry.name == '__pycache__':
            continue  # what cannot be read there is made again
        directory = entry.is_dir()
        needed = stat.S_IROTH | (stat.S_IXOTH if directory else 0)
        if entry.stat().st_mode & needed != needed:
            return False
        if directory and depth and not _is_open(entry.path, depth - 1):
            return False
    return os.stat(folder).st_mode & 0o5 == 0o5
