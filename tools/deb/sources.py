# SPDX-License-Identifier: Apache-2.0
"""What packages are built from: a copy of a checkout, or of an unpacked archive."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from sandbox.errors import SandboxError


def copy(tree: pathlib.Path, target: pathlib.Path) -> None:
    """Copy all that ``.gitignore`` does not leave out, whether git knows the tree or not.

    What is not yet committed counts. Nobody's umask does: who packs a copy wants it to be read.

    :raises SandboxError: there is no git
    """
    for name in _files(tree):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tree / name, target / name, follow_symlinks=False)
    for path in (target, *target.rglob('*')):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)


def _files(tree: pathlib.Path) -> list[str]:
    """The files of a tree, relative to it: what would be new to a repository that has nothing."""
    with tempfile.TemporaryDirectory(prefix='nova-ext-') as folder:
        git = ['git', f'--git-dir={folder}', f'--work-tree={tree}']
        try:
            subprocess.run([*git, 'init', '--quiet'], check=True, timeout=60)
            found = subprocess.run([*git, 'ls-files', '-z', '--others', '--exclude-standard'],
                                   cwd=tree, check=True, timeout=60, capture_output=True).stdout
        except FileNotFoundError:
            raise SandboxError('git is missing: apt install git') from None
    return sorted(name for name in found.decode().split('\0') if name)
