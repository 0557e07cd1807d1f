"""The wheel of the plugin, made of this checkout."""

import configparser
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable

from sandbox import settings
from sandbox.installing import pip, run
from sandbox.locks import VENVS, lock

#: What the plugin's wheel is made from; a change in any of them makes a new wheel.
PLUGIN_SOURCES = (
    'nova_ext', 'nova', 'etc', 'setup.cfg', 'setup.py', 'pyproject.toml', 'requirements.txt',
    'MANIFEST.in', 'README.rst', 'LICENSE',
)


def _source_files(names: Iterable[str]) -> list[pathlib.Path]:
    """Return these files and those in these folders, relative to the checkout, in order."""
    found: list[pathlib.Path] = []
    for name in names:
        path = settings.CHECKOUT / name
        found += [path] if path.is_file() else sorted(path.rglob('*'))
    files = (path.relative_to(settings.CHECKOUT) for path in found if path.is_file())
    return [p for p in files if p.suffix != '.pyc' and not p.name.startswith('.')]


def source_digest(names: Iterable[str]) -> str:
    """Return a hash over files of the checkout, and those in folders of it."""
    digest = hashlib.sha256()
    for path in _source_files(names):
        content = (settings.CHECKOUT / path).read_bytes()
        digest.update(f'{path} {len(content)}\n'.encode() + content)
    return digest.hexdigest()


def plugin_wheel(venv: pathlib.Path) -> pathlib.Path:
    """Return the plugin's wheel, built with that environment's tools from a copy of the sources.

    The copy keeps build output out of the checkout, and git out of it, so that files not yet
    committed count.
    """
    sources = source_digest(PLUGIN_SOURCES)
    wheels = VENVS / 'wheels' / sources[:16]
    with lock('wheels'):
        if not list(wheels.glob('*.whl')):
            shutil.rmtree(wheels.parent, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix='nova-ext-') as folder:
                for path in _source_files(PLUGIN_SOURCES):
                    copy = pathlib.Path(folder, path)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(settings.CHECKOUT / path, copy)
                _build(venv, folder, wheels, _plugin_version(venv))
    return next(wheels.glob('*.whl'))


def commit_wheel(venv: pathlib.Path, commit: str) -> pathlib.Path:
    """Return the wheel of the plugin as it was in a commit, built with the tools of *venv*."""
    wheels = VENVS / 'earlier-wheels' / commit[:12]
    with lock('earlier-wheels'):
        if not list(wheels.glob('*.whl')):
            with tempfile.TemporaryDirectory(prefix='nova-ext-') as folder:
                archive = pathlib.Path(folder, 'nova-ext.tar')
                run(['git', '-C', str(settings.CHECKOUT), 'archive', '-o', str(archive), commit],
                    'this takes a clone with its whole history: `git fetch --unshallow`')
                sources = pathlib.Path(folder, 'sources')
                shutil.unpack_archive(archive, sources)
                _build(venv, str(sources), wheels, '1.0.0.dev0')
    return next(wheels.glob('*.whl'))


def _build(venv: pathlib.Path, sources: str, wheels: pathlib.Path, version: str) -> None:
    """Build the wheel of some sources, without the network."""
    quiet = dict.fromkeys(('SKIP_WRITE_GIT_CHANGELOG', 'SKIP_GENERATE_AUTHORS'), '1')
    options = ('--no-deps', '--no-build-isolation', '--no-index', '-w', str(wheels))
    pip(venv, 'wheel', *options, sources, environment={**quiet, 'PBR_VERSION': version},
        hint='the plugin does not build: mend what the lines above name')


def _plugin_version(venv: pathlib.Path) -> str:
    """Return the version that pbr gives the checkout, or a made-up one where git knows nothing."""
    if 'PBR_VERSION' in os.environ:
        return os.environ['PBR_VERSION']
    setup = configparser.ConfigParser()
    setup.read(settings.CHECKOUT / 'setup.cfg')
    coming = setup['metadata']['version']
    question = f"from pbr import packaging; print(packaging.get_version('nova-ext', '{coming}'))"
    answer = subprocess.run([str(venv / 'bin/python'), '-c', question], cwd=settings.CHECKOUT,
                            capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else f'{coming}.dev0'
