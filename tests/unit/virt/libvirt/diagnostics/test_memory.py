# SPDX-License-Identifier: Apache-2.0
"""What is known of a guest's memory, and when its balloon is read again."""

from __future__ import annotations

from typing import Optional

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.diagnostics import memory
from tests.unit.virt.libvirt.diagnostics.memory_base import USED, Guest, MemoryTestCase


@ddt.ddt
class TestDue(MemoryTestCase):
    def test_guest_never_read_is_due(self) -> None:
        self.assertTrue(self.guest.is_due())

    def test_guest_is_not_due_again_within_its_period(self) -> None:
        self.guest.read()
        self.assertFalse(self.guest.is_due())
        self.assertEqual(10, self.guest.due_in())

    def test_period_begins_with_the_report_and_not_with_its_reading(self) -> None:
        self.guest.read(age=7)
        self.assertEqual(3, self.guest.due_in())

    @ddt.data(9.5, 10, 17, 1000)
    def test_late_report_is_due_again_in_a_second(self, age: float) -> None:
        self.guest.read(age=age)
        self.assertEqual(1, self.guest.due_in())

    def test_guest_that_never_reported_is_due_after_half_a_period(self) -> None:
        self.guest.read(age=None)
        self.assertEqual(5, self.guest.due_in())

    @ddt.data(0, None)
    def test_guest_without_a_period_is_due_every_second(self, age: Optional[float]) -> None:
        self.guest.period = None
        self.guest.read(age=age)
        self.assertEqual(1, self.guest.due_in())

    def test_restarted_guest_is_due_once(self) -> None:
        self.guest.read()
        self.guest.run = 2
        self.assertTrue(self.guest.is_due())
        self.guest.read()
        self.assertFalse(self.guest.is_due())

    def test_another_guest_is_due(self) -> None:
        self.guest.read()
        self.assertTrue(Guest(self.clock, self.guest.reports, 'b').is_due())

    @ddt.data(-3600, 3600)
    def test_change_of_host_wall_clock_does_not_matter(self, offset: float) -> None:
        self.guest.read()
        self.clock.wall_clock_offset = offset
        self.assertFalse(self.guest.is_due())
        self.assertEqual(10, self.guest.due_in())

    def test_report_dated_in_the_future_is_due_after_a_period(self) -> None:
        self.guest.read(age=-3600)
        self.assertEqual(10, self.guest.due_in())

    @hypothesis.given(
        age=strategies.none() | strategies.floats(-1e6, 1e6),
        period=strategies.none() | strategies.integers(1, 3600))
    def test_every_reading_is_kept_between_a_second_and_a_period(
            self, age: Optional[float], period: Optional[int]) -> None:
        self.clock.now = 0
        guest = Guest(self.clock, memory.MemoryReports())
        guest.period = period
        guest.read(age=age)
        self.clock.now = 0.99
        self.assertFalse(guest.is_due())
        self.clock.now = max(1, period or 0) + 0.01
        self.assertTrue(guest.is_due())


@ddt.ddt
class TestUsed(MemoryTestCase):
    def test_used_is_available_less_usable(self) -> None:
        self.guest.read()
        self.assertEqual(59, USED)
        self.assertEqual(USED, self.guest.used())

    @ddt.data(
        (120000, 0), (120000 - 511, 0), (120000 - 513, 1), (120000 - 1024, 1),
        (120000 - 1535, 1), (120000 - 1537, 2), (0, 117))
    @ddt.unpack
    def test_used_is_rounded_to_the_nearest_mib(self, usable: int, mib: int) -> None:
        self.guest.read(usable=usable)
        self.assertEqual(mib, self.guest.used())

    def test_older_guest_without_usable_counts_its_caches_as_used(self) -> None:
        self.guest.read(usable=None)
        self.assertEqual(round(100000 / 1024), self.guest.used())

    @ddt.data(
        {'available': None, 'unused': None, 'usable': None}, {'unused': None, 'usable': None},
        {'available': None})
    def test_used_is_unknown_without_a_balloon_driver(
            self, missing: dict[str, Optional[int]]) -> None:
        self.guest.read(**missing)
        self.assertIsNone(self.guest.used())

    def test_used_is_unknown_when_more_is_usable_than_available(self) -> None:
        self.guest.read(usable=120001)
        self.assertIsNone(self.guest.used())

    def test_used_is_unknown_before_the_first_reading(self) -> None:
        self.assertIsNone(self.guest.used())

    def test_used_is_unknown_when_figures_have_no_date(self) -> None:
        self.guest.read(age=None)
        self.assertIsNone(self.guest.used())

    @ddt.data((24, 10, True), (26, 10, False), (4, None, True), (6, None, False), (124, 60, True))
    @ddt.unpack
    def test_figures_are_good_for_two_periods(
            self, age: float, period: Optional[int], known: bool) -> None:
        self.guest.period = period
        self.guest.read(age=age)
        self.assertIs(known, self.guest.used() is not None)

    def test_kept_figures_grow_old_as_well(self) -> None:
        began = self.clock.now
        self.guest.read(age=4)
        self.clock.now = began + 20
        self.assertEqual(USED, self.guest.used())
        self.clock.now = began + 22
        self.assertIsNone(self.guest.used())

    def test_figures_of_an_earlier_run_are_not_used(self) -> None:
        self.guest.read()
        self.guest.run = 2
        self.assertIsNone(self.guest.used())

    def test_figures_of_another_guest_are_not_used(self) -> None:
        other = Guest(self.clock, self.guest.reports, 'b')
        self.guest.read()
        self.assertIsNone(other.used())
        other.read(usable=100000)
        self.assertEqual((USED, round(20000 / 1024)), (self.guest.used(), other.used()))

    def test_latest_reading_replaces_earlier_ones(self) -> None:
        self.guest.read()
        self.guest.read(usable=100000)
        self.assertEqual(round(20000 / 1024), self.guest.used())
        self.guest.read(age=None)
        self.assertIsNone(self.guest.used())

    @ddt.data(-3600, 3600)
    def test_change_of_host_wall_clock_does_not_matter(self, offset: float) -> None:
        self.guest.read()
        self.clock.wall_clock_offset = offset
        self.assertEqual(USED, self.guest.used())
        self.clock.now += 26
        self.assertIsNone(self.guest.used())


class TestForgetting(MemoryTestCase):
    def test_guests_that_nobody_asks_about_are_forgotten(self) -> None:
        others = [Guest(self.clock, self.guest.reports, str(number)) for number in range(100)]
        for other in others:
            other.read()
        self.clock.now += 100
        self.guest.read()
        self.assertEqual({'a'}, self.guest.reports._readings.keys())
        self.assertTrue(others[0].is_due())

    def test_readings_still_in_use_are_kept(self) -> None:
        other = Guest(self.clock, self.guest.reports, 'b')
        other.period = 60
        other.read()
        self.clock.now += 59
        self.guest.read()
        self.assertEqual(USED, other.used())
        self.assertFalse(other.is_due())
