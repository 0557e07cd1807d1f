# SPDX-License-Identifier: Apache-2.0
"""How the documentation, the API reference, the release notes and the manual pages are built.

Warnings are errors, and a reference that leads nowhere is a warning.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess

from sandbox import settings, venvs

OUTPUT = settings.STATE / 'docs'

#: What is built, where it is in the checkout, and how.
SOURCES: dict[str, tuple[str, ...]] = {
    'doc': ('doc/source', '-b', 'html'),
    'api_ref': ('api_ref/source', '-b', 'html'),
    'releasenotes': ('releasenotes/source', '-b', 'html'),
    'man': ('doc/source', '-b', 'man', '-c', 'doc/man'),
}

#: What is read for it.
FOLDERS = ('api_ref', 'doc', 'etc', 'nova_ext', 'releasenotes')


def root() -> pathlib.Path:
    """The checkout; where git knows nothing of it, a copy that git knows.

    reno and the theme ask git, and fail in an archive or in a checkout of somebody else's.
    """
    if _git(settings.CHECKOUT, 'rev-parse', 'HEAD'):
        return settings.CHECKOUT
    copy = OUTPUT / '.copy'
    shutil.rmtree(copy, ignore_errors=True)
    for folder in FOLDERS:
        shutil.copytree(settings.CHECKOUT / folder, copy / folder)
    author = ('-c', 'user.name=nova-ext', '-c', 'user.email=nova-ext@localhost')
    for arguments in (('init', '-q'), ('add', '-A'), (*author, 'commit', '-q', '-m', 'A copy')):
        _git(copy, *arguments)
    return copy


def commands() -> list[list[str]]:
    """One command a build, to be run in :func:`root`; what was built before is deleted.

    :raises sandbox.errors.SandboxError: the environment cannot be made
    """
    builder = venvs.docs_venv() / 'bin/sphinx-build'
    for name in SOURCES:
        shutil.rmtree(OUTPUT / name, ignore_errors=True)
    return [
        [str(builder), source, str(OUTPUT / name), *how, '-E', '-n', '-q', '-W', '--keep-going',
         '-d', str(OUTPUT / '.doctrees' / name)]
        for name, (source, *how) in SOURCES.items()]


def _git(folder: pathlib.Path, *arguments: str) -> bool:
    """Whether git does something in a folder."""
    return not subprocess.run(
        ['git', '-C', str(folder), *arguments], capture_output=True, timeout=60, check=False
    ).returncode
