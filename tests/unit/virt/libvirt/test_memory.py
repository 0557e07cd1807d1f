# SPDX-License-Identifier: Apache-2.0
"""Reports of balloons, in KiB, of a 128 MiB guest that reports every ten seconds."""

from __future__ import annotations

import math
import types
from typing import Any, Optional

import hypothesis
import pytest
from hypothesis import strategies

from nova_ext.virt.libvirt import memory

PERIOD = 10

REPORT = types.MappingProxyType({
    'balloon.current': 131072, 'balloon.available': 120000, 'balloon.unused': 20000,
    'balloon.usable': 60000, 'balloon.rss': 131072})

#: What the guest uses according to it.
USED = round(60000 / 1024)


class Clock:
    """Stands in for the module ``time``."""

    def __init__(self) -> None:
        self.passed = 0.0
        #: By how much somebody has set the host's clock.
        self.shift = 0.0

    def monotonic(self) -> float:
        return 500 + self.passed

    def time(self) -> float:
        return 1.8e9 + self.passed + self.shift


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(memory, 'time', clock)
    return clock


class Guest:
    """A guest and what is kept about it."""

    def __init__(self, clock: Clock, reports: memory.MemoryReports, uuid: str = 'a') -> None:
        self.clock = clock
        self.reports = reports
        self.uuid = uuid
        self.run = 1
        self.period: Optional[int] = PERIOD

    def read(self, age: Optional[float] = 0, **changes: Optional[int]) -> None:
        """Note a report of that age, or that there was none, with some figures changed."""
        figures: dict[str, Any] = {
            **REPORT, **{f'balloon.{name}': value for name, value in changes.items()}}
        if age is not None:
            figures['balloon.last-update'] = int(self.clock.time() - age)
        self.reports.note(
            self.uuid, self.run,
            {name: value for name, value in figures.items() if value is not None}, self.period)

    def due(self) -> bool:
        return self.reports.is_due(self.uuid, self.run)

    def due_in(self) -> float:
        """Seconds until it is due, in tenths; the clock has passed them."""
        began = self.clock.passed
        for tenths in range(1000):
            self.clock.passed = began + tenths / 10
            if self.due():
                return tenths / 10
        return math.inf

    def used(self) -> Optional[int]:
        return self.reports.used(self.uuid, self.run, self.period)


@pytest.fixture
def guest(clock: Clock) -> Guest:
    return Guest(clock, memory.MemoryReports())


class TestDue:
    def test_what_was_never_read_is(self, guest: Guest) -> None:
        assert guest.due()

    def test_within_the_period_there_is_nothing_new(self, guest: Guest) -> None:
        guest.read()
        assert not guest.due()
        assert guest.due_in() == 10

    def test_the_period_begins_with_the_report_and_not_with_its_reading(
            self, guest: Guest) -> None:
        guest.read(age=7)
        assert guest.due_in() == 3

    @pytest.mark.parametrize('age', [9.5, 10, 17, 1000])
    def test_a_late_report_is_looked_for_again_in_a_second(
            self, age: float, guest: Guest) -> None:
        guest.read(age=age)
        assert guest.due_in() == 1

    def test_a_guest_that_never_reported_is_asked_again_after_half_a_period(
            self, guest: Guest) -> None:
        guest.read(age=None)
        assert guest.due_in() == 5

    @pytest.mark.parametrize('age', [0, None])
    def test_without_a_period_it_is_asked_every_second(
            self, age: Optional[float], guest: Guest) -> None:
        guest.period = None
        guest.read(age=age)
        assert guest.due_in() == 1

    def test_a_guest_that_was_restarted_is(self, guest: Guest) -> None:
        guest.read()
        guest.run = 2
        assert guest.due()
        guest.read()
        assert not guest.due()

    def test_another_guest_is(self, guest: Guest) -> None:
        guest.read()
        assert Guest(guest.clock, guest.reports, 'b').due()

    @pytest.mark.parametrize('shift', [-3600, 3600])
    def test_setting_the_hosts_clock_changes_nothing(self, shift: float, guest: Guest) -> None:
        guest.read()
        guest.clock.shift = shift
        assert not guest.due()
        assert guest.due_in() == 10

    def test_a_report_dated_in_the_future_is_not_kept_until_then(self, guest: Guest) -> None:
        guest.read(age=-3600)
        assert guest.due_in() == 10

    @hypothesis.given(
        age=strategies.none() | strategies.floats(-1e6, 1e6),
        period=strategies.none() | strategies.integers(1, 3600))
    def test_every_reading_is_kept_a_second_at_least_and_a_period_at_most(
            self, age: Optional[float], period: Optional[int]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            clock = Clock()
            patch.setattr(memory, 'time', clock)
            guest = Guest(clock, memory.MemoryReports())
            guest.period = period
            guest.read(age=age)
            clock.passed = 0.99
            assert not guest.due()
            clock.passed = max(1, period or 0) + 0.01
            assert guest.due()


class TestUsed:
    def test_it_is_what_the_guest_cannot_give_out_any_more(self, guest: Guest) -> None:
        guest.read()
        assert guest.used() == USED == 59

    @pytest.mark.parametrize(('usable', 'mib'), [
        (120000, 0), (120000 - 511, 0), (120000 - 513, 1), (120000 - 1024, 1),
        (120000 - 1535, 1), (120000 - 1537, 2), (0, 117)])
    def test_it_is_rounded_to_the_nearest_mib(
            self, usable: int, mib: int, guest: Guest) -> None:
        guest.read(usable=usable)
        assert guest.used() == mib

    def test_an_older_guest_counts_its_caches_as_used(self, guest: Guest) -> None:
        guest.read(usable=None)
        assert guest.used() == round(100000 / 1024)

    def test_a_guest_without_a_balloon_driver_is_unknown_and_not_all_of_its_memory(
            self, guest: Guest) -> None:
        guest.read(available=None, unused=None, usable=None)
        assert guest.used() is None
        guest.read(unused=None, usable=None)
        assert guest.used() is None
        guest.read(available=None)
        assert guest.used() is None

    def test_more_free_than_there_is_is_unknown(self, guest: Guest) -> None:
        guest.read(usable=120001)
        assert guest.used() is None

    def test_what_was_never_read_is_unknown(self, guest: Guest) -> None:
        assert guest.used() is None

    def test_figures_without_a_date_are_unknown(self, guest: Guest) -> None:
        guest.read(age=None)
        assert guest.used() is None

    @pytest.mark.parametrize(('age', 'period', 'known'), [
        (24, 10, True), (26, 10, False), (4, None, True), (6, None, False), (124, 60, True)])
    def test_the_newest_figures_may_be_two_periods_old(
            self, age: float, period: Optional[int], known: bool, guest: Guest) -> None:
        guest.period = period
        guest.read(age=age)
        assert (guest.used() is not None) is known

    def test_figures_that_were_kept_age_too(self, guest: Guest) -> None:
        guest.read(age=4)
        guest.clock.passed = 20
        assert guest.used() == USED
        guest.clock.passed = 22
        assert guest.used() is None

    def test_they_are_those_of_this_run(self, guest: Guest) -> None:
        guest.read()
        guest.run = 2
        assert guest.used() is None

    def test_they_are_those_of_this_guest(self, guest: Guest) -> None:
        other = Guest(guest.clock, guest.reports, 'b')
        guest.read()
        assert other.used() is None
        other.read(usable=100000)
        assert (guest.used(), other.used()) == (USED, round(20000 / 1024))

    def test_the_latest_reading_counts(self, guest: Guest) -> None:
        guest.read()
        guest.read(usable=100000)
        assert guest.used() == round(20000 / 1024)
        guest.read(age=None)
        assert guest.used() is None

    @pytest.mark.parametrize('shift', [-3600, 3600])
    def test_setting_the_hosts_clock_changes_nothing(self, shift: float, guest: Guest) -> None:
        guest.read()
        guest.clock.shift = shift
        assert guest.used() == USED
        guest.clock.passed = 26
        assert guest.used() is None


class TestForgetting:
    def test_guests_that_nobody_asks_about_any_more_are_forgotten(self, guest: Guest) -> None:
        others = [Guest(guest.clock, guest.reports, str(number)) for number in range(100)]
        for other in others:
            other.read()
        guest.clock.passed = 100
        guest.read()
        assert guest.reports._readings.keys() == {'a'}
        assert others[0].due()

    def test_what_is_still_of_use_is_kept(self, guest: Guest) -> None:
        other = Guest(guest.clock, guest.reports, 'b')
        other.period = 60
        other.read()
        guest.clock.passed = 59
        guest.read()
        assert other.used() == USED
        assert not other.due()
