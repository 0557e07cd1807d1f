# SPDX-License-Identifier: Apache-2.0
"""What is built does not depend on whether git is there to be asked."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import zipfile

import pytest

from sandbox import settings, venvs
from tools.deb import sources

#: What pbr makes of git's history, and nothing of ours.
GENERATED = re.compile(r'AUTHORS|ChangeLog|PKG-INFO|setup\.cfg|nova_ext\.egg-info/.*')

#: What pbr leaves out of every source distribution.
LEFT_OUT = {'.gitignore'}


def build(folder: pathlib.Path, what: str, version: str | None = '9.8.7.dev6') -> pathlib.Path:
    """Build a wheel or an sdist in a folder, as a package manager of Python's does.

    :param version: what ``PBR_VERSION`` says; None: nothing
    """
    environment = {'PATH': '/usr/bin:/bin', 'SKIP_GENERATE_AUTHORS': '1', 'HOME': str(folder),
                   **({} if version is None else {'PBR_VERSION': version})}
    output = folder.parent / f'{folder.name}-{what}'
    output.mkdir()
    done = subprocess.run(
        [str(venvs.nova_venv(settings.DEFAULT_NOVA, plugin=False) / 'bin/python'), '-c',
         f'from pbr import build; build.build_{what}({str(output)!r})'],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = output.iterdir()
    return built


@pytest.fixture(scope='module')
def archive(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The sources without git, as in an unpacked archive."""
    folder = tmp_path_factory.mktemp('sources') / 'archive'
    sources.copy(settings.CHECKOUT, folder)
    return folder


@pytest.fixture(scope='module')
def checkout(archive: pathlib.Path) -> pathlib.Path:
    """The same with git."""
    folder = archive.with_name('checkout')
    shutil.copytree(archive, folder)
    for words in (['init', '-q'], ['add', '-A'],
                  ['-c', 'user.name=n', '-c', 'user.email=n@localhost', 'commit', '-qm', 'all']):
        subprocess.run(['git', *words], cwd=folder, check=True, timeout=60)
    return folder


@pytest.fixture(scope='module')
def sdists(archive: pathlib.Path, checkout: pathlib.Path) -> list[pathlib.Path]:
    """A source distribution of each."""
    return [build(archive, 'sdist'), build(checkout, 'sdist')]


@pytest.fixture(scope='module')
def unpacked(sdists: list[pathlib.Path], archive: pathlib.Path) -> list[pathlib.Path]:
    """What is in each of them."""
    folders = [archive.with_name(f'unpacked-{number}') for number, _ in enumerate(sdists)]
    for sdist, folder in zip(sdists, folders):
        folder.mkdir()
        subprocess.run(['tar', '-xf', str(sdist), '-C', str(folder), '--strip-components=1'],
                       check=True, timeout=60)
    return folders


def files(folder: pathlib.Path) -> set[str]:
    """The files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file()}


def test_source_distribution_has_every_file_of_the_sources(
        archive: pathlib.Path, unpacked: list[pathlib.Path], tmp_path: pathlib.Path) -> None:
    sources.copy(settings.CHECKOUT, tmp_path / 'fresh')
    wanted = files(tmp_path / 'fresh') - LEFT_OUT
    for folder in unpacked:
        found = files(folder)
        assert {name for name in found if not GENERATED.fullmatch(name)} == {
            name for name in wanted if not GENERATED.fullmatch(name)}
        assert {'PKG-INFO', 'setup.cfg'} <= found


def test_wheel_is_the_same_whatever_it_is_built_from(
        archive: pathlib.Path, checkout: pathlib.Path, unpacked: list[pathlib.Path]) -> None:
    wheels = [build(archive, 'wheel'), build(checkout, 'wheel'),
              *(build(folder, 'wheel', version=None) for folder in unpacked)]
    assert len({wheel.name for wheel in wheels}) == 1  # an sdist knows its version
    contents = [{name for name in zipfile.ZipFile(wheel).namelist()
                 if not name.endswith('/pbr.json')} for wheel in wheels]
    assert contents[1:] == contents[:-1]
    modules = {f'{package}/{name}' for package in ('nova_ext', 'nova')
               for name in files(settings.CHECKOUT / package)
               if '__pycache__' not in name}
    assert {name for name in contents[0] if '.dist-info/' not in name} == modules
    assert 'nova_ext/virt/libvirt/metadata/nova-ext-1.0.rng' in modules
