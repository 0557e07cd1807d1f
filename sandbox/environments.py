"""Makes environments: of pinned packages, and copies of them with the plugin."""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

from sandbox import settings, wheels
from sandbox.installing import pip, run
from sandbox.locks import VENVS, lock

#: In an environment that is complete: what it was made from.
STAMP = '.complete'

#: The same of the plugin in it.
PLUGIN_STAMP = '.plugin'


def pinned(name: str, pins: str) -> pathlib.Path:
    """Make the environment *name* from its pins, unless a complete one is there."""
    venv = VENVS / name
    wanted = hashlib.sha256(pins.encode()).hexdigest()
    with lock(name):
        if _read(venv / STAMP) == wanted:
            return venv
        with _step(f'Python environment {name}'):
            shutil.rmtree(venv, ignore_errors=True)
            _create(venv, pins)
            (venv / STAMP).write_text(wanted)
    return venv


def _create(venv: pathlib.Path, pins: str) -> None:
    """Create an environment that holds exactly the pinned packages."""
    run([settings.PYTHON, '-m', 'venv', str(venv)], 'apt install python3-venv')
    # These two first: pip builds the few packages without a wheel with what it finds installed.
    build_tools = re.findall(r'(?m)^(?:setuptools|wheel)==.*$', pins)
    pip(venv, 'install', '--no-deps', *build_tools)
    requirements = venv / 'requirements.txt'
    requirements.write_text(pins)
    pip(venv, 'install', '--no-deps', '--no-compile', '--prefer-binary', '-r', str(requirements))
    pip(venv, 'check')
    # All services start at once and would each compile the same modules: 2 s of every first start.
    compiler = [str(venv / 'bin/python'), '-m', 'compileall', '-q', '-j', '0', '-x', '/tests?/']
    subprocess.run([*compiler, str(venv / 'lib')], capture_output=True, check=False)


def with_plugin(stock: pathlib.Path, name: str = '', pins: str = '',
                commit: str = '') -> pathlib.Path:
    """Make or bring up to date a copy of a stock environment that has the plugin, and *pins*.

    With *commit*, the plugin is what it was then, instead of what it is in this checkout.
    """
    venv = stock.with_name(name or f'{stock.name}-nova-ext{commit and "-"}{commit[:12]}')
    wanted = f'{_read(stock / STAMP)} {hashlib.sha256(pins.encode()).hexdigest()}'
    with lock(venv.name):
        if _read(venv / STAMP) != wanted:
            with _step(f'Python environment {venv.name}'):
                shutil.rmtree(venv, ignore_errors=True)
                clone(stock, venv)
                if pins:
                    requirements = venv / 'requirements.txt'
                    requirements.unlink()  # a hard link
                    requirements.write_text(pins)
                    pip(venv, 'install', '--no-deps', '--prefer-binary', '-r', str(requirements))
                    pip(venv, 'check')
                (venv / STAMP).write_text(wanted)
        sources = commit or wheels.source_digest(wheels.PLUGIN_SOURCES)
        if _read(venv / PLUGIN_STAMP) != sources:
            with _step(f'the plugin into {venv.name}'):
                (venv / PLUGIN_STAMP).unlink(missing_ok=True)
                wheel = wheels.commit_wheel(stock, commit) if commit else wheels.plugin_wheel(
                    stock)
                pip(venv, 'install', '--no-deps', '--force-reinstall', '--no-index', str(wheel))
                (venv / PLUGIN_STAMP).write_text(sources)
    return venv


def clone(source: pathlib.Path, target: pathlib.Path, seen_as: str = '') -> None:
    """Copy an environment by hard links; only files that contain its path are files of their own.

    Nothing writes into a file of an environment in place: pip and the interpreter replace files,
    so a change in the copy never shows in the original.

    :param seen_as: its path for those who run it, where that is another one
    """
    leave = shutil.ignore_patterns(STAMP)
    shutil.copytree(source, target, symlinks=True, copy_function=os.link, ignore=leave)
    for path in (target / 'pyvenv.cfg', *(target / 'bin').iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        content = path.read_bytes()
        if bytes(source) in content:
            mode = path.stat().st_mode
            path.unlink()
            path.write_bytes(content.replace(
                bytes(source), seen_as.encode() or bytes(target)))
            path.chmod(mode)


def _read(path: pathlib.Path) -> str | None:
    """Return a stamp's text, None when there is no such file."""
    return path.read_text() if path.exists() else None


@contextlib.contextmanager
def _step(text: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f'{text}: done in {time.monotonic() - started:.1f} s', file=sys.stderr, flush=True)
