# SPDX-License-Identifier: Apache-2.0
"""The stages: Nova's own tests without nova-ext and with it, and the differences."""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable, Sequence

from sandbox import environments, venvs
from tools.nova_tests import differences, pool, sources
from tools.nova_tests.baseline import Baseline
from tools.nova_tests.compare import Comparison, compare
from tools.nova_tests.selections import Part, Selection, Variant
from tools.testing import commands, reports
from tools.testing.reports import Count, Report

#: So many tests at most are run once more; when more of them fail it is not the machine's fault.
_AGAIN = 40


def run(selection: Selection, tests: Sequence[str] = ()) -> Count:
    """Run Nova's tests, and count those that end with nova-ext as they should.

    :param tests: patterns of the ids of some of them, instead of all
    """
    count = Count()
    for part in selection.parts:
        count.add(_Runner(selection, part, tests).run())
    return count


class _Runner:
    """Runs a part of a selection without nova-ext, and with each variant of it."""

    def __init__(self, selection: Selection, part: Part, tests: Sequence[str]) -> None:
        self._selection = selection
        self._part = part
        self._tests = tests
        self._stock = venvs.nova_tests_venv(selection.series, plugin=False)
        self._version = venvs.nova_version(selection.series)
        self._sources = sources.ensure(self._version, self._stock / 'bin/python')

    def run(self) -> Count:
        without = self._without()
        count = Count()
        for variant in self._part.variants:
            count.add(self._with(variant, without))
        return count

    def _without(self) -> Report:
        """Return the results without nova-ext, which are remembered."""
        baseline = Baseline(
            f'{self._selection.name}-{_as_file_name(self._part.name)}',
            (self._version, (self._stock / environments.STAMP).read_text(), self._part.modules,
             self._part.left_out, self._selection.eventlet))
        report = baseline.read()
        if report is None:
            job = self._job('without nova-ext', self._stock, ())
            report = pool.run(job, self._is_chosen).report
            failed = [test for test, result in report.items()
                      if result.outcome == reports.FAILED]
            # A machine that was busy is not to be remembered.
            report.update(_once_more(job, failed))
            if not self._tests:
                baseline.write(report)
        else:
            print(f'{self._part.name}, without nova-ext: {reports.count(report)}, as remembered',
                  flush=True)
        return {test: result for test, result in report.items() if self._is_chosen(test)}

    def _with(self, variant: Variant, without: Report) -> Count:
        """Run the tests with nova-ext, and compare."""
        venv = venvs.nova_tests_venv(self._selection.series, plugin=True)
        job = self._job(f'with {variant.name}', venv, variant.options)
        results = pool.run(job, self._is_chosen)
        comparison = self._compare(variant, without, results.report)
        if comparison.unexpected:
            print(f'{job.name}: not as expected: {", ".join(comparison.unexpected)}', flush=True)
            results.report.update(_once_more(job, comparison.unexpected))
            comparison = self._compare(variant, without, results.report)
        print('\n'.join(comparison.lines()), flush=True)
        count = comparison.count()
        for what in variant.uses:
            if not results.uses[what]:
                print(f'{job.name}: nothing has used the {what} of nova-ext: counts as failed')
                count.failed += 1
        return count

    def _compare(self, variant: Variant, without: Report, with_plugin: Report) -> Comparison:
        expected = differences.EXPECTED.get((self._selection.name, variant.name), ())
        return compare(without, with_plugin, expected, self._is_chosen)

    def _job(self, how: str, venv: pathlib.Path, options: Sequence[str]) -> pool.Job:
        python = str(venv / 'bin/python')
        log = f'{self._selection.name}-{_as_file_name(f"{self._part.name} {how}")}.log'
        return pool.Job(
            f'{self._part.name}, {how}',
            (python, '-m', 'tools.nova_tests.inside.worker', *options, str(self._sources),
             *self._part.modules),
            self._selection.eventlet, commands.REPORTS / 'nova-tests' / log)

    def _is_chosen(self, test: str) -> bool:
        """Whether a test is run this time."""
        return (not _matches(self._part.left_out, test)
                and (not self._tests or _matches(self._tests, test)))


def _once_more(job: pool.Job, tests: Iterable[str]) -> Report:
    """Run tests that have not ended as they should once more, with nothing beside them."""
    again = set(tests)
    if not again or len(again) > _AGAIN:
        return {}
    return pool.run_alone(job, again).report


def _matches(patterns: Iterable[str], test: str) -> bool:
    return any(re.search(pattern, test) for pattern in patterns)


def _as_file_name(text: str) -> str:
    return re.sub(r'\W+', '-', text)
