# SPDX-License-Identifier: Apache-2.0
"""Runs everything that has to pass, stage by stage, and counts.

    python3 -m tests.run [--keep] [STAGE...]

Each check of lint counts as one test. The last line is `N passed, N failed, N skipped` over all
stages. What a stage could not try counts as skipped and is named.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
import time
import xml.etree.ElementTree
from collections.abc import Callable, Sequence

from sandbox import packages, settings, venvs
from sandbox.errors import SandboxError

REPORTS = settings.STATE / 'reports'
STACK = str(settings.CHECKOUT / 'sandbox/stack')

#: Hosts 1 and 2 with the plugin, host 3 without, and both APIs.
MIXED = ['--hosts', '3', '--stock-host', '3', '--stock-api']
VOLUMES = [*MIXED, '--volumes']

#: Seconds after which a stage is ended: more than twice what it takes.
TIMEOUT = 45 * 60


@dataclasses.dataclass
class Count:
    """How many tests of a stage ended how."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def add(self, other: Count) -> None:
        """Add the count of another stage."""
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        """The closing line that CI reads."""
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped'


def main() -> int:
    """Run the stages that were asked for, all by default."""
    parser = argparse.ArgumentParser(prog='python3 -m tests.run', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--keep', action='store_true', help='leave the cloud up')
    parser.add_argument('stages', nargs='*', metavar='STAGE', help=', '.join(STAGES))
    options = parser.parse_args()
    unknown = set(options.stages) - set(STAGES)
    if unknown:
        parser.error(f'no stage {sorted(unknown)}; there are {", ".join(STAGES)}')
    REPORTS.mkdir(parents=True, exist_ok=True)
    try:
        packages.ensure()
        total = Count()
        for stage in options.stages or STAGES:
            began = time.monotonic()
            print(f'\n=== {stage}', flush=True)
            count = STAGES[stage](options.keep)
            print(f'=== {stage}: {count} ({time.monotonic() - began:.0f} s)', flush=True)
            total.add(count)
    except SandboxError as error:
        print(f'\n{error}', file=sys.stderr)
        return 1
    print(f'\n{total}')
    return 1 if total.failed or not total.passed else 0


def lint(_: bool) -> Count:
    """Style and types."""
    tools = venvs.test_venv() / 'bin'
    return _commands([
        [f'{tools}/ruff', 'check', '.'],
        [f'{tools}/mypy', 'nova_ext', 'sandbox', 'tests', 'bench'],
        [settings.PYTHON, '-m', 'tests.sample', '--check'],
        ['sh', '-n', 'tests/with-python'],
    ])


def unit(_: bool) -> Count:
    """What needs neither a cloud nor another environment."""
    return _pytest('unit', [], ['tests/unit'])


def packaging(_: bool) -> Count:
    """Installing into Nova's environments, and each release's internals."""
    return _pytest('packaging', [], ['tests/packaging'])


def live(keep: bool) -> Count:
    """A mixed cloud of three hosts with both APIs and volumes; those who read what is in it."""
    packages.ensure(tests=True)
    venvs.ceilometer_venv()
    return _in_cloud(
        'live', VOLUMES, keep, ['-m', 'not stock_cloud and not shared_instances'])


def stock(keep: bool) -> Count:
    """A cloud without the plugin, with shared instance directories."""
    return _in_cloud('stock', ['--stock', '--shared-instances'], keep, ['-m', 'stock_cloud'])


def older(keep: bool) -> Count:
    """The essentials with older releases of Nova, green threads and shared files among them."""
    # What compute hosts find out of guests is seen under both threads of 34 and green ones of 26.
    count = _in_cloud('nova-31', ['--nova', '31', '--shared-instances', *VOLUMES], keep, [
        '-m', 'essential or shared_instances',
        *(f'--ignore=tests/live/test_{name}.py'
          for name in ('figures', 'hung_guest', 'states', 'uptime'))])
    count.add(_in_cloud('nova-26', ['--nova', '26', *VOLUMES], keep, ['-m', 'essential']))
    return count


STAGES: dict[str, Callable[[bool], Count]] = {
    'lint': lint, 'unit': unit, 'packaging': packaging, 'live': live,
    'stock': stock, 'older': older}


def _in_cloud(
        stage: str, options: Sequence[str], keep: bool, selection: Sequence[str]) -> Count:
    """Run the live tests in a cloud of that kind."""
    _run([STACK, 'up', *options])
    try:
        return _pytest(
            stage, [STACK, 'exec', '--net'], ['tests/live', *selection])
    finally:
        if not keep:
            _run([STACK, 'down'])


def _commands(commands: Sequence[Sequence[str]]) -> Count:
    """Run commands that print what is wrong; each counts as a test."""
    count = Count()
    for command in commands:
        print(f'$ {" ".join(command[:2])}', flush=True)
        done = subprocess.run(command, cwd=settings.CHECKOUT, timeout=TIMEOUT, check=False)
        if done.returncode:
            count.failed += 1
        else:
            count.passed += 1
    return count


def _pytest(stage: str, prefix: Sequence[str], arguments: Sequence[str]) -> Count:
    """Run pytest in the test environment and read its report."""
    report = REPORTS / f'{stage}.xml'
    report.unlink(missing_ok=True)
    python = venvs.test_venv() / 'bin/python'
    subprocess.run(
        [*prefix, str(python), '-m', 'pytest', '-q', '--durations=5', '-ra',
         f'--junitxml={report}', *arguments],
        cwd=settings.CHECKOUT, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'})
    if not report.exists():
        print(f'pytest ended without a report: {stage} counts as failed')
        return Count(failed=1)
    count = Count()
    for suite in xml.etree.ElementTree.parse(report).getroot().iter('testsuite'):
        tests, failures, errors, skipped = (
            int(suite.get(name, 0)) for name in ('tests', 'failures', 'errors', 'skipped'))
        count.add(Count(tests - failures - errors - skipped, failures + errors, skipped))
    return count


def _run(command: Sequence[str]) -> None:
    """Run a command of the sandbox, which says itself what goes wrong."""
    if subprocess.run(command, timeout=TIMEOUT, check=False).returncode:
        raise SandboxError(f'`{" ".join(command[1:])}` failed; see above.')


if __name__ == '__main__':
    sys.exit(main())
