# SPDX-License-Identifier: Apache-2.0
"""Where the documentation is built from."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

from sandbox import settings
from tests import building


@pytest.fixture
def archive(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A checkout that git knows nothing of."""
    for folder in building.FOLDERS:
        (tmp_path / 'checkout' / folder).mkdir(parents=True)
        (tmp_path / 'checkout' / folder / 'file').write_text(folder)
    monkeypatch.setattr(settings, 'CHECKOUT', tmp_path / 'checkout')
    monkeypatch.setattr(building, 'OUTPUT', tmp_path / 'output')
    return tmp_path / 'checkout'


def git(folder: pathlib.Path, *arguments: str) -> str:
    done = subprocess.run(['git', '-C', str(folder), *arguments], capture_output=True, text=True,
                          check=True, timeout=60)
    return done.stdout


def test_what_git_does_not_know_is_built_from_a_copy_that_it_knows(archive: pathlib.Path) -> None:
    root = building.root()
    assert root != archive
    assert git(root, 'ls-files').split() == [f'{folder}/file' for folder in building.FOLDERS]
    assert git(root, 'log', '--format=%s') == 'A copy\n'


def test_the_copy_is_made_anew_each_time(archive: pathlib.Path) -> None:
    building.root()
    (archive / 'doc/file').write_text('new')
    (archive / 'etc/file').unlink()
    root = building.root()
    assert (root / 'doc/file').read_text() == 'new'
    assert 'etc/file' not in git(root, 'ls-files')


def test_a_checkout_is_built_from_where_it_is(archive: pathlib.Path) -> None:
    git(archive, 'init', '-q')
    assert building.root() != archive  # there is no commit yet
    git(archive, '-c', 'user.name=x', '-c', 'user.email=x@localhost', 'commit', '-q',
        '--allow-empty', '-m', 'One')
    assert building.root() == archive
