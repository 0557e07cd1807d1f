# SPDX-License-Identifier: Apache-2.0
"""Results of Nova's own tests, with and without nova-ext."""

from __future__ import annotations

import re
import textwrap

import ddt

from sandbox import pins, settings
from tests.unit import base
from tools.nova_tests import baseline, differences, selections
from tools.nova_tests.compare import Comparison, compare
from tools.nova_tests.differences import Difference
from tools.nova_tests.inside import paste_filter
from tools.nova_tests.selections import Selection
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
        self.assertIn(selection.series, pins.known_series())

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
