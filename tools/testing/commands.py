# SPDX-License-Identifier: Apache-2.0
"""Runs what stages are made of: commands that count as a test each, pytest, stestr, a cloud."""

from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator, Sequence

from sandbox import settings, venvs
from sandbox.errors import SandboxError
from tools.testing import reports
from tools.testing.reports import Count, Report, Result

REPORTS = settings.STATE / 'reports'
STACK = str(settings.CHECKOUT / 'sandbox/stack')

#: Seconds after which what a stage runs is ended: more than twice what it takes.
TIMEOUT = 90 * 60


def run_checks(
        commands: Sequence[Sequence[str]], folder: pathlib.Path = settings.CHECKOUT) -> Count:
    """Run commands that print what is wrong; each counts as a test."""
    count = Count()
    for command in commands:
        print(f'$ {" ".join(command[:3])}', flush=True)
        done = subprocess.run(command, cwd=folder, timeout=TIMEOUT, check=False)
        if done.returncode:
            count.failed += 1
            count.failures.append(f'{" ".join(command[:3])}: see its output')
        else:
            count.passed += 1
    return count


def run_stestr(arguments: Sequence[str] = (), examples: str = 'same') -> Report:
    """Run the unit tests in the test environment, as many at a time as there are processors.

    :param examples: ``same`` as each time, or ``new`` ones, of what hypothesis tries
    """
    python = venvs.test_venv() / 'bin/python'
    subprocess.run(
        [str(python), '-m', 'stestr', 'run', '--abbreviate', *arguments], cwd=settings.CHECKOUT,
        stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False,
        env={**_environment(), 'HYPOTHESIS_PROFILE': examples})
    report = reports.read_stestr(python, settings.CHECKOUT)
    return report or {'unit': Result(reports.FAILED, 'stestr ran no test')}


def run_pytest(
        name: str, arguments: Sequence[str], prefix: Sequence[str] = (),
        venv: pathlib.Path | None = None) -> Report:
    """Run pytest.

    :param name: of the report
    :param prefix: a command that runs another one, in a host's network for example
    :param venv: the environment; None: that of the tests
    """
    path = REPORTS / f'{name}.xml'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    python = (venv or venvs.test_venv()) / 'bin/python'
    command = [*prefix, str(python), '-m', 'pytest', '-q', '-ra', f'--junitxml={path}', *arguments]
    try:
        subprocess.run(command, cwd=settings.CHECKOUT, timeout=TIMEOUT, check=False,
                       stdin=subprocess.DEVNULL, env=_environment())
    except subprocess.TimeoutExpired:
        print(f'pytest did not end within {TIMEOUT} s')
    if not path.exists():
        print(f'pytest ended without a report: {name} counts as failed')
        return {name: Result(reports.FAILED, 'pytest ended without a report')}
    report = reports.read_junit(path)
    print('\n'.join(reports.slowest(report, 10)))
    return report


def run_live(
        name: str, selection: Sequence[str], venv: pathlib.Path | None = None) -> Count:
    """Run live tests in the cloud that is up.

    :param venv: the environment; None: that of the tests
    """
    # Now, for the cloud's network leads nowhere.
    venvs.client_venv()
    venvs.ceilometer_venv()
    return reports.count(run_pytest(
        name, selection or ['tests/live'], [STACK, 'exec', '--net'], venv))


@contextlib.contextmanager
def cloud(options: Sequence[str], *, keep: bool) -> Iterator[None]:
    """Bring up a cloud of that kind.

    :param keep: leave it up
    """
    _run([STACK, 'up', *options])
    try:
        yield
    finally:
        if not keep:
            _run([STACK, 'down'])


def _run(command: Sequence[str]) -> None:
    """Run a command of the sandbox, which says itself what goes wrong."""
    if subprocess.run(command, timeout=TIMEOUT, check=False).returncode:
        raise SandboxError(f'`{" ".join(command[1:])}` failed; see above.')


def _environment() -> dict[str, str]:
    return {**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', 'PYTHONWARNINGS': 'ignore'}
