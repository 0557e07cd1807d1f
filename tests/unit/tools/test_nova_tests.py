# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import collections
import pathlib
import re
import sys
import textwrap
import time
from collections.abc import Callable, Collection

import ddt
import fixtures

from sandbox import settings, venvs
from sandbox.errors import SandboxError
from tests.unit import base
from tools.nova_tests import baseline, differences, pool, process, selections, sources, stages
from tools.nova_tests.compare import Comparison, compare
from tools.nova_tests.differences import Difference
from tools.nova_tests.inside import paste_filter
from tools.nova_tests.selections import Part, Selection, Variant
from tools.testing import commands
from tools.testing.reports import FAILED, PASSED, SKIPPED, Count, Report, Result
from tools.testing.stages import ALL

SELECTIONS = (selections.UNIT_34, selections.UNIT_26, selections.FUNCTIONAL_34)

GOOD, BAD = Result(PASSED), Result(FAILED, 'ValueError: 1 is not 2')
EXPECTED = [Difference('intended: it is better', r'ValueError: . is not .$', ('one', 'two'))]


@ddt.ddt
class TestCompare(base.TestCase):
    def compare(self, without: Report, with_plugin: Report, *expected: Difference) -> Comparison:
        return compare(without, with_plugin, expected)

    @ddt.data(PASSED, FAILED, SKIPPED)
    def test_same_end_is_well_whatever_it_is(self, outcome: str) -> None:
        found = self.compare({'it': Result(outcome)}, {'it': Result(outcome, 'another', 9.0)})
        self.assertEqual(['it'], found.same)
        self.assertEqual(Count(1), found.count())

    @ddt.data((PASSED, FAILED), (PASSED, SKIPPED), (FAILED, PASSED), (SKIPPED, PASSED))
    @ddt.unpack
    def test_another_end_is_unexpected(self, before: str, after: str) -> None:
        found = self.compare({'it': Result(before)}, {'it': Result(after, 'because')})
        self.assertEqual({'it': f'{before} without, {after}: because'}, found.unexpected)
        self.assertEqual(Count(failed=1), found.count())

    def test_test_that_is_run_only_once_is_unexpected(self) -> None:
        found = self.compare({'one': GOOD}, {'two': GOOD})
        self.assertEqual({'one', 'two'}, set(found.unexpected))

    def test_listed_difference_counts_as_passed(self) -> None:
        found = self.compare({'one': GOOD, 'two': GOOD}, {'one': BAD, 'two': BAD}, *EXPECTED)
        self.assertEqual(dict.fromkeys(['one', 'two'], 'intended: it is better'), found.listed)
        self.assertEqual(Count(2), found.count())
        self.assertEqual(
            ['0 tests end as without nova-ext, 2 otherwise:', '    2 intended: it is better'],
            list(found.lines()))

    @ddt.data(Result(FAILED, 'KeyError: 1'), Result(SKIPPED, 'ValueError: 1 is not 2'))
    def test_listed_difference_does_not_hide_another(self, after: Result) -> None:
        found = self.compare({'one': GOOD, 'two': GOOD}, {'one': BAD, 'two': after}, *EXPECTED)
        self.assertEqual({'two'}, set(found.unexpected))

    @ddt.data((GOOD, GOOD), (BAD, BAD))
    @ddt.unpack
    def test_listed_difference_that_there_is_not_counts_as_failed(
            self, before: Result, after: Result) -> None:
        found = self.compare({'one': GOOD, 'two': before}, {'one': BAD, 'two': after}, *EXPECTED)
        self.assertEqual({'two': after.outcome}, found.outdated)
        self.assertEqual(Count(1, 1), found.count())
        self.assertIn('differences.py: two', next(found.lines()))

    def test_listed_test_that_nova_does_not_have_counts_as_failed(self) -> None:
        found = self.compare({'one': GOOD}, {'one': BAD}, *EXPECTED)
        self.assertEqual({'two'}, set(found.outdated))

    def test_listed_test_that_was_not_to_be_run_does_not_count(self) -> None:
        found = compare({'one': GOOD}, {'one': BAD}, EXPECTED, lambda test: test != 'two')
        self.assertEqual(Count(1), found.count())


@ddt.ddt
class TestLists(base.TestCase):
    @ddt.data(*SELECTIONS)
    def test_selection_is_a_stage_of_all(self, selection: Selection) -> None:
        self.assertIn(selection.name, [stage.name for stage in ALL])
        self.assertIn(selection.series, venvs.known_series())

    @ddt.data(*SELECTIONS)
    def test_modules_are_nova_s_and_are_selected_once(self, selection: Selection) -> None:
        modules = [module for part in selection.parts for module in part.modules]
        self.assertEqual(len(set(modules)), len(modules))
        for part in selection.parts:
            # What is patched before tests are loaded is the same for all of a part.
            self.assertEqual(1, len({module.split('.')[2] for module in part.modules}))
            for module in part.modules:
                self.assert_matches(r'^nova\.tests\.(unit|functional)\.', module)

    def test_differences_are_of_selections_and_list_each_test_once(self) -> None:
        known = {(selection.name, variant.name) for selection in SELECTIONS
                 for part in selection.parts for variant in part.variants}
        for key, expected in differences.EXPECTED.items():
            self.assertIn(key, known)
            tests = [test for difference in expected for test in difference.tests]
            self.assertEqual(len(set(tests)), len(tests))

    def test_patterns_of_differences_and_selections_compile(self) -> None:
        for expected in differences.EXPECTED.values():
            for difference in expected:
                re.compile(difference.error)
        for selection in SELECTIONS:
            for part in selection.parts:
                list(map(re.compile, part.left_out))


class TestPasteFilter(base.TestCase):
    def test_filter_is_last_before_the_application_in_every_pipeline(self) -> None:
        changed = paste_filter.with_filter(textwrap.dedent('''\
            [composite:one]
            keystone = cors authtoken osapi_compute_app_v21
            noauth2=cors osapi_compute_app_v21
            [app:osapi_compute_app_v21]
            '''))
        self.assertEqual([
            '[composite:one]', 'keystone = cors authtoken nova_ext osapi_compute_app_v21',
            'noauth2=cors nova_ext osapi_compute_app_v21', '[app:osapi_compute_app_v21]', '',
            '[filter:nova_ext]', 'use = egg:nova-ext#nova_ext'], changed.splitlines())

    def test_file_without_a_pipeline_is_refused(self) -> None:
        with self.assert_raises(ValueError, 'no pipeline'):
            paste_filter.with_filter('[app:osapi_compute_app_v21]\n')


class TestBaseline(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cache = self.make_directory()
        self.patch(settings, 'CACHE', self.cache)

    def test_results_are_remembered_for_the_same_tests(self) -> None:
        report = {'one': Result(FAILED, 'why', 1.5), 'two': GOOD}
        self.assertIsNone(baseline.Baseline('unit', ('34.0.0', ())).read())
        baseline.Baseline('unit', ('34.0.0', ())).write(report)
        self.assertEqual(report, baseline.Baseline('unit', ('34.0.0', ())).read())
        self.assertIsNone(baseline.Baseline('unit', ('34.0.1', ())).read())

    def test_results_of_what_is_not_run_any_more_are_forgotten(self) -> None:
        for name, what in (('unit', 1), ('unit-2', 1), ('unit', 2)):
            baseline.Baseline(name, what).write({'one': GOOD})
        self.assertIsNone(baseline.Baseline('unit', 1).read())
        self.assertIsNotNone(baseline.Baseline('unit-2', 1).read())
        self.assertIsNotNone(baseline.Baseline('unit', 2).read())


#: Speaks as ``inside/worker.py``. A test does what its name says.
WORKER = '''
import json, os, sys, time
print(json.dumps({"tests": json.loads(sys.argv[1])}), flush=True)
for line in sys.stdin:
    for name in json.loads(line):
        print(json.dumps({"begun": name}), flush=True)
        if "hang" in name:
            time.sleep(60)
        if "die" in name:
            os._exit(1)
        print(json.dumps({"id": name, "outcome": "success", "reason": "", "seconds": 0.1}))
    print(json.dumps({"done": True}), flush=True)
print(json.dumps({"uses": {"driver": 1}}), flush=True)
'''


class TestPool(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.make_directory()
        self.output = self.capture_output()
        self.patch(process, 'STALLED', 2.0)

    def make_job(self, script: str = WORKER, tests: str = '{}') -> pool.Job:
        return pool.Job('unit', (sys.executable, '-c', script, tests), False,
                        self.folder / 'logs/unit.log')

    def run_tests(
            self, tests: str, chosen: Callable[[str], bool] = lambda _: True) -> pool.Results:
        return pool.run(self.make_job(tests=tests), chosen)

    def test_all_tests_are_run_and_uses_are_added(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.2"], "B": ["B.1"]}')
        self.assertEqual(dict.fromkeys(['A.1', 'A.2', 'B.1'], Result(PASSED, seconds=0.1)),
                         dict(sorted(results.report.items())))
        self.assertLessEqual(1, results.uses['driver'])
        self.assertIn('unit: 3 of 3 tests', self.output.getvalue())

    def test_only_chosen_tests_are_run(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.2"], "B": ["B.1"]}', lambda t: t == 'A.2')
        self.assertEqual({'A.2'}, set(results.report))

    def test_choice_of_no_test_is_refused(self) -> None:
        with self.assert_raises(SandboxError, 'no such test'):
            self.run_tests('{"A": ["A.1"]}', lambda _: False)

    def test_test_that_ends_the_process_fails_and_the_others_are_run(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.die", "A.2"], "B": ["B.1"]}')
        outcomes = {test: result.outcome for test, result in results.report.items()}
        self.assertEqual(
            {'A.1': PASSED, 'A.die': FAILED, 'A.2': PASSED, 'B.1': PASSED}, outcomes)
        self.assertEqual('its process ended', results.report['A.die'].reason)

    def test_test_that_hangs_fails_and_the_others_are_run(self) -> None:
        results = self.run_tests('{"A": ["A.1", "A.hang", "A.2"]}')
        outcomes = {test: result.outcome for test, result in results.report.items()}
        self.assertEqual({'A.1': PASSED, 'A.hang': FAILED, 'A.2': PASSED}, outcomes)
        self.assertEqual('it hung', results.report['A.hang'].reason)

    def test_run_has_a_bound(self) -> None:
        self.patch(process, 'STALLED', 60.0)
        self.patch(pool, 'TIMEOUT', 2.0)
        began = time.monotonic()
        results = self.run_tests('{"A": ["A.hang", "A.1"]}')
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual('it was not run', results.report['A.1'].reason)

    def test_tests_that_do_not_load_are_an_error_with_the_reason(self) -> None:
        with self.assert_raises(SandboxError, 'ZeroDivisionError'):
            pool.run(self.make_job('1 / 0'), lambda _: True)

    def test_environment_has_nothing_of_who_runs_the_stage(self) -> None:
        self.useFixture(fixtures.EnvironmentVariable('OS_CLOUD', 'mine'))
        self.useFixture(fixtures.EnvironmentVariable('PYTHONPATH', '/mine'))
        found = pool.environment(eventlet=True)
        self.assertNotIn('OS_CLOUD', found)
        self.assertNotIn('PYTHONPATH', found)
        self.assertEqual('False', found['OS_NOVA_DISABLE_EVENTLET_PATCHING'])


#: A Nova of a few tests.
NOVA = '''
    import unittest

    import testscenarios
    import testtools

    class Test(testtools.TestCase):
        def test_passing(self):
            print('to standard output')

        def test_failing(self):
            self.assertEqual('one\\n' * 3, 'another\\n' * 200)

        def test_failing_in_cleanup(self):
            self.addCleanup(int, 'x')

        def test_skipped(self):
            self.skipTest('no reason')

    class Scenarios(testscenarios.WithScenarios, unittest.TestCase):
        scenarios = [('v2', {'version': 2}), ('v3', {'version': 3})]

        def test_version(self):
            self.assertEqual(2, self.version)
'''


class TestWorker(base.TestCase):
    def run_worker(self, module: str) -> Report:
        sources = self.make_directory()
        (sources / 'nova/tests/unit').mkdir(parents=True)
        for name in ('nova/__init__', 'nova/test', 'nova/tests/__init__',
                     'nova/tests/unit/__init__'):
            (sources / f'{name}.py').touch()
        (sources / 'nova/tests/unit/test_it.py').write_text(textwrap.dedent(NOVA))
        self.log = sources / 'log'
        job = pool.Job('unit', (sys.executable, '-m', 'tools.nova_tests.inside.worker',
                                str(sources), module), False, self.log)
        self.capture_output()
        return pool.run(job, lambda _: True).report

    def test_tests_of_a_module_are_run_and_end_as_they_should(self) -> None:
        report = {name.removeprefix('nova.tests.unit.test_it.'): result
                  for name, result in self.run_worker('nova.tests.unit.test_it').items()}
        self.assertEqual({
            'Test.test_passing': PASSED, 'Test.test_failing': FAILED,
            'Test.test_failing_in_cleanup': FAILED, 'Test.test_skipped': SKIPPED,
            'Scenarios.test_version(v2)': PASSED, 'Scenarios.test_version(v3)': FAILED,
        }, {name: result.outcome for name, result in report.items()})
        self.assertEqual('no reason', report['Test.test_skipped'].reason)
        self.assert_matches('^ValueError: invalid literal for int',
                            report['Test.test_failing_in_cleanup'].reason)
        # In one line, and not longer than it takes to tell it from others.
        self.assert_matches(r"^\S*MismatchError: !=: .*one.* \.\.\. .*another",
                            report['Test.test_failing'].reason)
        self.assertLess(len(report['Test.test_failing'].reason), 500)

    def test_tracebacks_and_output_are_in_the_log(self) -> None:
        self.run_worker('nova.tests.unit.test_it')
        log = self.log.read_text()
        self.assertIn('to standard output', log)
        self.assertIn('failure: nova.tests.unit.test_it.Test.test_failing\n', log)
        self.assertIn('Traceback (most recent call last)', log)

    def test_module_that_is_not_there_is_an_error(self) -> None:
        with self.assert_raises(SandboxError, 'test_that_is_not_there'):
            self.run_worker('nova.tests.unit.test_that_is_not_there')


class TestStage(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = self.make_directory()
        self.patch(settings, 'CACHE', folder)
        self.patch(commands, 'REPORTS', folder)
        self.patch(venvs, 'nova_tests_venv', self.make_venv)
        self.patch(sources, 'ensure', lambda version, python: folder / f'nova-{version}')
        self.patch(pool, 'run', self.run_job)
        self.patch(pool, 'run_alone', self.run_job_alone)
        self.patch(differences, 'EXPECTED', {('nova-tests', 'driver'): tuple(EXPECTED)})
        self.output = self.capture_output()
        self.folder = folder
        #: What comes of the tests without nova-ext and with it, and when they are run once more.
        self.without = {'one': GOOD, 'two': GOOD, 'three': GOOD}
        self.with_plugin = {'one': BAD, 'two': BAD, 'three': GOOD}
        self.alone: dict[str, Result] = {}
        self.uses = collections.Counter(driver=1)
        self.ran: list[str] = []

    def make_venv(self, series: str, *, plugin: bool) -> pathlib.Path:
        (self.folder / venvs.STAMP).write_text('pins')
        return self.folder

    def run_job(self, job: pool.Job, chosen: Callable[[str], bool]) -> pool.Results:
        self.ran.append(job.name)
        report = self.with_plugin if '--plugin' in job.command else self.without
        return pool.Results({test: result for test, result in report.items() if chosen(test)},
                            self.uses if '--plugin' in job.command else collections.Counter())

    def run_job_alone(self, job: pool.Job, tests: Collection[str]) -> pool.Results:
        self.ran.append(f'{job.name} alone: {" ".join(sorted(tests))}')
        return pool.Results({test: self.alone[test] for test in tests}, collections.Counter())

    def run_stage(self, *tests: str) -> Count:
        variant = Variant('driver', ('--plugin',), ('driver',))
        part = Part('unit', ('nova.tests.unit.test_it',), (variant,))
        return stages.run(Selection('nova-tests', '34', 'about it', (part,)), tests)

    def test_tests_that_end_as_they_should_pass(self) -> None:
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, without nova-ext', 'unit, with driver'], self.ran)

    def test_results_without_the_plugin_are_remembered(self) -> None:
        self.run_stage()
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, with driver'], self.ran[2:])

    def test_some_tests_are_run_and_not_remembered(self) -> None:
        self.assertEqual(Count(2), self.run_stage('^t'))
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, without nova-ext', 'unit, with driver'] * 2, self.ran)
        self.assertEqual(Count(1), self.run_stage('three'))

    def test_test_that_ends_otherwise_is_run_once_more(self) -> None:
        self.with_plugin['three'], self.alone['three'] = BAD, GOOD
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(['unit, with driver alone: three'], self.ran[2:])

    def test_test_that_ends_otherwise_again_fails(self) -> None:
        self.with_plugin['three'] = self.alone['three'] = BAD
        self.assertEqual(Count(2, 1), self.run_stage())
        self.assertIn('three: passed without, failed: ValueError', self.output.getvalue())

    def test_test_that_fails_without_the_plugin_is_run_once_more_before_it_is_remembered(
            self) -> None:
        self.without['three'], self.alone['three'] = BAD, GOOD
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(Count(3), self.run_stage())
        self.assertEqual(1, len([name for name in self.ran if 'alone' in name]))

    def test_many_tests_that_end_otherwise_are_not_run_once_more(self) -> None:
        self.without = {f'test {number}': GOOD for number in range(100)}
        self.with_plugin = dict.fromkeys(self.without, BAD)
        self.patch(differences, 'EXPECTED', {})
        self.assertEqual(Count(failed=100), self.run_stage())

    def test_plugin_that_was_not_used_counts_as_failed(self) -> None:
        self.uses.clear()
        self.assertEqual(Count(3, 1), self.run_stage())
        self.assertIn('nothing has used the driver', self.output.getvalue())
