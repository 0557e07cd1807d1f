# SPDX-License-Identifier: Apache-2.0
"""Runs what has to pass, stage by stage, and counts.

    python3 -m tools.testing [--all] [--keep] [--tests TEST...] [STAGE...]

Without a STAGE all of `make test` are run, with --all those of `make test-all`. The last line is
`N passed, N failed, N skipped` over all stages; the lines before it name what failed. Each check
of lint counts as one test. What a stage could not try counts as skipped and is named.

A run of `make test-all` that was interrupted, or failed, goes on where it was as long as no file
of the checkout has changed: stages that have passed are not run again before all have.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence

from nova_ext.cmd import closed_pipes
from sandbox import packages, settings, venvs
from sandbox.errors import SandboxError
from tools.testing import commands, history, stages
from tools.testing.background import Background
from tools.testing.reports import Count
from tools.testing.stage import Options, Stage


def main() -> int:
    """Run the stages that were asked for."""
    options = _parse_options()
    known = stages.ALL if options.all else stages.GATE
    chosen = [stage for stage in known if not options.stages or stage.name in options.stages]
    run = Run('test-all' if options.all else 'test', Options(options.keep, tuple(options.tests)))
    commands.REPORTS.mkdir(parents=True, exist_ok=True)
    try:
        packages.ensure()
        if options.stages:
            total = run.stages(chosen)
        elif options.all:
            total = run.unfinished(chosen)
        else:
            total = run.gate(chosen)
    except SandboxError as error:
        print(f'\n{error}', file=sys.stderr)
        return 1
    print(f'\n{total.summary()}')
    return 1 if total.failed or not total.passed else 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python3 -m tools.testing', description=f'{__doc__}\n{_table()}',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--all', action='store_true', help='the stages of `make test-all`')
    parser.add_argument('--keep', action='store_true', help='leave the cloud up')
    parser.add_argument('--tests', nargs='*', default=[], metavar='TEST',
                        help='only these, of a stage that takes them')
    parser.add_argument('stages', nargs='*', metavar='STAGE')
    options = parser.parse_args()
    names = [stage.name for stage in (stages.ALL if options.all else stages.GATE)]
    unknown = [name for name in options.stages if name not in names]
    if unknown:
        parser.error(f'no stage {", ".join(unknown)}; there are {", ".join(names)}')
    return options


def _table() -> str:
    lines = []
    for title, known in (('make test', stages.GATE), ('make test-all', stages.ALL)):
        lines += [f'{title}:', *(f'  {stage.name:24} {stage.summary}' for stage in known)]
    return '\n'.join(lines)


class Run:
    """One run of stages."""

    def __init__(self, kind: str, options: Options) -> None:
        """Begin.

        :param kind: ``test`` or ``test-all``
        """
        self._kind = kind
        self._options = options
        self._history = history.History(history.FILE, history.source_digest())

    def stages(self, chosen: Iterable[Stage]) -> Count:
        """Run stages one after the other."""
        chosen = list(chosen)
        total = Count()
        for number, stage in enumerate(chosen, start=1):
            total.add(self._run(stage, f'{number} of {len(chosen)}'))
        return total

    def unfinished(self, chosen: Sequence[Stage]) -> Count:
        """Run the stages that have not passed yet since all had the last time."""
        total = Count()
        for number, stage in enumerate(chosen, start=1):
            before = self._history.passed(self._kind, stage.name)
            if before is not None:
                print(f'\n=== {stage.name}: has passed already: {before}', flush=True)
            total.add(before or self._run(stage, f'{number} of {len(chosen)}'))
        if not total.failed:
            self._history.complete(self._kind)
        return total

    def gate(self, chosen: Sequence[Stage]) -> Count:
        """Run all of `make test`.

        Unit tests use all processors, while no cloud is up. Beside the live tests, which leave
        some, there is room for what needs none and does not mind how long it takes.
        """
        self._prepare()
        background = [stage for stage in chosen if stage.background]
        foreground = [stage for stage in chosen if not stage.background]
        command = [settings.PYTHON, '-m', 'tools.testing', *(stage.name for stage in background)]
        with Background(command, commands.REPORTS / 'background.log', commands.TIMEOUT) as others:
            total = self.stages(foreground)
            total.add(others.count())
        return total

    def _prepare(self) -> None:
        """Install what the stages need, side by side where that is faster."""
        began = time.monotonic()
        print('\n=== preparing: Debian packages, Python environments', flush=True)
        packages.ensure(volumes=True, tests=True)
        venvs.make_all([
            venvs.test_venv, venvs.services_venv, venvs.cinder_venv, venvs.client_venv,
            venvs.ceilometer_venv, venvs.docs_venv,
            lambda: venvs.nova_venv(settings.DEFAULT_NOVA, plugin=True)])
        print(f'=== prepared ({time.monotonic() - began:.0f} s)', flush=True)

    def _run(self, stage: Stage, position: str) -> Count:
        """Run one stage, and say what it does and how long it takes."""
        last = self._history.seconds(self._kind, stage.name)
        expected = '' if last is None else f', {last:.0f} s the last time'
        print(f'\n=== {stage.name} ({position}{expected}): {stage.summary}', flush=True)
        began = time.monotonic()
        count = stage.run(self._options)
        seconds = time.monotonic() - began
        print(f'=== {stage.name}: {count} ({seconds:.0f} s)', flush=True)
        if not self._options.tests:
            self._history.record(self._kind, stage.name, count, seconds)
        return count


if __name__ == '__main__':
    sys.exit(closed_pipes.run(main))
