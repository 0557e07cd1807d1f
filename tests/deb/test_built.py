# SPDX-License-Identifier: Apache-2.0
"""What is built: whether Debian's checker is content, and whether it is the same again."""

from __future__ import annotations

import hashlib
import pathlib
import subprocess

from sandbox import settings
from tests.deb.host import ALL
from tools.deb import build, sources


def test_lintian_has_nothing_to_say(built: pathlib.Path, lintian: str) -> None:
    [changes] = built.glob('*.changes')
    done = subprocess.run(
        [lintian, '--allow-root', '--tag-display-limit', '0', '--display-level', '>=warning',
         '--fail-on', 'error,warning', str(changes)],
        capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stdout) == (0, ''), done.stdout + done.stderr


def test_packages_are_the_same_from_their_own_source_without_git_and_with_another_umask(
        built: pathlib.Path, tmp_path: pathlib.Path) -> None:
    [description] = built.glob('*.dsc')
    script = f'umask 077; dpkg-source -x {description} again && cd again && dpkg-buildpackage -b'
    done = subprocess.run(
        ['sh', '-c', f'{script} --no-sign'], cwd=tmp_path, env=build.ENVIRONMENT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert digests(tmp_path) == digests(built)


def test_packages_are_built_from_a_tree_without_git(tmp_path: pathlib.Path) -> None:
    sources.copy(settings.CHECKOUT, tmp_path / 'tree')
    done = subprocess.run(
        ['make', 'deb'], cwd=tmp_path / 'tree', stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = sorted(path.name.partition('_')[0] for path in tmp_path.glob('tree/dist/*.deb'))
    assert found == sorted(ALL)
    assert not (tmp_path / 'tree/debian/files').exists()


def digests(folder: pathlib.Path) -> dict[str, str]:
    """A digest of each package in a folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.glob('*.deb')}
