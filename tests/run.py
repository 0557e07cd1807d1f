# SPDX-License-Identifier: Apache-2.0
"""Runs everything that has to pass, stage by stage, and counts.

    python3 -m tests.run [--keep] [STAGE...]

Each check of lint counts as one test. The last line is `N passed, N failed, N skipped` over all
stages. What a stage could not try counts as skipped and is named.

A module of live tests with a failure in it is run once more, by itself, at the end of its stage in
the same cloud. What passes then counts as passed, and is named with its first failure at the end
of the stage and before the last line, under `UNSTEADY: passed only at the second attempt`: such a
test, or what it tests, does not wait for something and is to be mended. When more than two modules
have failures there is no second attempt.

When no STAGE is named all are run: those that need no cloud and no steady clock run beside the
others, with what these leave of the processors, and say what they found in the end.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from sandbox import packages, settings, venvs
from sandbox.errors import SandboxError
from tests import building, report, tempest
from tests.beside import Beside
from tests.report import Count

REPORTS = settings.STATE / 'reports'
STACK = str(settings.CHECKOUT / 'sandbox/stack')

#: Hosts 1 and 2 with the plugin, host 3 without, and both APIs.
MIXED = ['--hosts', '3', '--stock-host', '3', '--stock-api']
VOLUMES = [*MIXED, '--volumes']

#: Left out with older releases: what a new nova-compute mends does not depend on the root disk.
MENDED_AGAIN = ('--deselect=tests/live/test_metadata.py::test_a_new_nova_compute_mends_'
                'what_an_older_one_and_others_left[volume]')

#: The stages that run beside the others when all are run.
BESIDE = ('lint', 'docs', 'packaging')

#: Seconds after which what a stage runs is ended: more than twice what it takes.
TIMEOUT = 90 * 60


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
        if options.stages:
            total = _run_stages(options.stages, options.keep)
        else:
            with Beside(BESIDE, REPORTS / 'beside.log', TIMEOUT) as beside:
                total = _run_stages([name for name in STAGES if name not in BESIDE], options.keep)
                total.add(beside.count())
    except SandboxError as error:
        print(f'\n{error}', file=sys.stderr)
        return 1
    print(f'\n{total.closing()}')
    return 1 if total.failed or not total.passed else 0


def _run_stages(stages: Iterable[str], keep: bool) -> Count:
    """Run stages one after the other."""
    total = Count()
    for stage in stages:
        began = time.monotonic()
        print(f'\n=== {stage}', flush=True)
        count = STAGES[stage](keep)
        print(f'=== {stage}: {count} ({time.monotonic() - began:.0f} s)', flush=True)
        total.add(count)
    return total


def lint(_: bool) -> Count:
    """Style and types."""
    tools = venvs.test_venv() / 'bin'
    return _commands([
        [f'{tools}/ruff', 'check', '.'],
        [f'{tools}/mypy', 'nova_ext', 'sandbox', 'tests', 'bench', 'api_ref/ext', 'doc/ext'],
        [settings.PYTHON, '-m', 'tests.sample', '--check'],
        ['sh', '-n', 'tests/with-python'],
    ])


def unit(_: bool) -> Count:
    """What needs neither a cloud nor another environment."""
    return report.count(_pytest('unit', [], ['tests/unit']))


def docs(_: bool) -> Count:
    """The documentation, the API reference and the release notes, without a warning."""
    count = _commands(building.commands(), building.root())
    print(f'They are in {building.OUTPUT}')
    return count


def packaging(_: bool) -> Count:
    """Installing into Nova's environments, and each release's internals."""
    return report.count(_pytest('packaging', [], ['tests/packaging']))


def live(keep: bool) -> Count:
    """A mixed cloud of three hosts with both APIs and volumes; those who read what is in it."""
    packages.ensure(tests=True)
    venvs.ceilometer_venv()
    return _in_cloud(
        'live', VOLUMES, keep, ['-m', 'not stock_cloud and not shared_instances'])


def stock(keep: bool) -> Count:
    """A cloud without the plugin, with shared instance directories."""
    return _with_cloud(['--stock', '--shared-instances'], keep, _stock)


def _stock() -> Count:
    count = _live_tests('stock', ['-m', 'stock_cloud'])
    count.add(tempest.is_skipped_for_want_of_the_plugin(tempest.PLUGIN))
    return count


def with_tempest(keep: bool) -> Count:
    """Tempest in a cloud of two hosts: nova-ext's own tests, then upstream's."""
    return _with_cloud([], keep, _tempest)


def _tempest() -> Count:
    count = Count()
    for selection in (tempest.PLUGIN, tempest.UPSTREAM):
        count.add(tempest.everything_passes(selection))
    return count


def older(keep: bool) -> Count:
    """The essentials with older releases of Nova, green threads and shared files among them."""
    # What compute hosts find out of guests is seen under both threads of 34 and green ones of 26.
    count = _in_cloud('nova-31', ['--nova', '31', '--shared-instances', *VOLUMES], keep, [
        '-m', 'essential or shared_instances', MENDED_AGAIN,
        *(f'--ignore=tests/live/test_{name}.py'
          for name in ('figures', 'hung_guest', 'states', 'uptime'))])
    count.add(_in_cloud(
        'nova-26', ['--nova', '26', *VOLUMES], keep, ['-m', 'essential', MENDED_AGAIN]))
    return count


STAGES: dict[str, Callable[[bool], Count]] = {
    'lint': lint, 'unit': unit, 'docs': docs, 'packaging': packaging, 'live': live,
    'stock': stock, 'tempest': with_tempest, 'older': older}


def _in_cloud(
        stage: str, options: Sequence[str], keep: bool, selection: Sequence[str]) -> Count:
    """Run the live tests in a cloud of that kind."""
    venvs.client_venv()  # its network leads nowhere
    return _with_cloud(options, keep, lambda: _live_tests(stage, selection))


def _with_cloud(options: Sequence[str], keep: bool, act: Callable[[], Count]) -> Count:
    """Do something while a cloud of that kind is up."""
    _run([STACK, 'up', *options])
    try:
        return act()
    finally:
        if not keep:
            _run([STACK, 'down'])


def _live_tests(stage: str, selection: Sequence[str]) -> Count:
    """Run the live tests, modules with a failure twice."""
    prefix = [STACK, 'exec', '--net']
    first = _pytest(stage, prefix, ['tests/live', *selection])
    seconds = []
    for number, module in enumerate(report.modules_to_try_again(first), start=1):
        print(f'\n=== {stage}: second attempt of {module}', flush=True)
        seconds.append(_pytest(f'{stage}-again-{number}', prefix, [module, *selection]))
    count = report.count(first, seconds)
    if count.unsteady:
        print(f'\n{count.closing()}', flush=True)
    return count


def _commands(
        commands: Sequence[Sequence[str]], folder: pathlib.Path = settings.CHECKOUT) -> Count:
    """Run commands that print what is wrong; each counts as a test."""
    count = Count()
    for command in commands:
        print(f'$ {" ".join(command[:2])}', flush=True)
        done = subprocess.run(command, cwd=folder, timeout=TIMEOUT, check=False)
        if done.returncode:
            count.failed += 1
        else:
            count.passed += 1
    return count


def _pytest(name: str, prefix: Sequence[str], arguments: Sequence[str]) -> report.Report:
    """Run pytest in the test environment and read its report."""
    path = REPORTS / f'{name}.xml'
    path.unlink(missing_ok=True)
    python = venvs.test_venv() / 'bin/python'
    command = [*prefix, str(python), '-m', 'pytest', '-q', '--durations=5', '-ra',
               f'--junitxml={path}', *arguments]
    try:
        subprocess.run(command, cwd=settings.CHECKOUT, timeout=TIMEOUT, check=False,
                       stdin=subprocess.DEVNULL,
                       env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1'})
    except subprocess.TimeoutExpired:
        print(f'pytest did not end within {TIMEOUT} s')
    if not path.exists():
        print(f'pytest ended without a report: {name} counts as failed')
        return {name: report.Result(report.FAILED, 'pytest ended without a report')}
    return report.read(path)


def _run(command: Sequence[str]) -> None:
    """Run a command of the sandbox, which says itself what goes wrong."""
    if subprocess.run(command, timeout=TIMEOUT, check=False).returncode:
        raise SandboxError(f'`{" ".join(command[1:])}` failed; see above.')


if __name__ == '__main__':
    sys.exit(main())
