# SPDX-License-Identifier: Apache-2.0
"""Maintenance that is announced in the metadata of aggregates."""

from __future__ import annotations

import datetime
import logging
from typing import Any, Optional

import ddt
import fixtures
import hypothesis
from hypothesis import strategies

from nova_ext.api.views import maintenance as view
from nova_ext.db import aggregates
from nova_ext.hosts import maintenance
from nova_ext.hosts.maintenance import Window
from tests.unit import base

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 12, 1, 2, tzinfo=UTC)
END = datetime.datetime(2026, 12, 1, 6, tzinfo=UTC)

#: Times of any zone, in whole seconds.
TIMES = strategies.datetimes(
    datetime.datetime(1, 1, 2), datetime.datetime(9999, 12, 30),
    timezones=strategies.integers(-23 * 60, 23 * 60).map(
        lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))),
).map(lambda time: time.replace(microsecond=0))

#: Any text, and texts that resemble values.
TEXTS = strategies.text() | strategies.lists(strategies.sampled_from(
    ['2026', '-', '12', '01', 'T', ':', 'Z', '/', '..', '+', 'true', ' ', '9999', '0'],
)).map(''.join)


@ddt.ddt
class TestParse(base.TestCase):
    @ddt.data(
        ('true', Window()), ('True', Window()), ('yes', Window()), ('1', Window()),
        ('on', Window()), ('false', None), ('no', None), ('0', None), ('off', None), ('', None),
        ('2026-12-01T02:00:00Z/2026-12-01T06:00:00Z', Window(START, END)),
        ('2026-12-01T02:00Z/2026-12-01T06:00Z', Window(START, END)),
        ('20261201T020000Z/20261201T060000Z', Window(START, END)),
        ('2026-12-01T03:00+01:00/2026-12-01T00:30-05:30', Window(START, END)),
        (' 2026-12-01T02:00Z / 2026-12-01T06:00Z ', Window(START, END)),
        ('2026-12-01T02:00Z', Window(START, None)),
        ('2026-12-01T02:00Z/', Window(START, None)),
        ('2026-12-01T02:00Z/..', Window(START, None)),
        ('/2026-12-01T06:00Z', Window(None, END)),
        ('../2026-12-01T06:00Z', Window(None, END)),
        ('/', Window()), ('../..', Window()), ('..', Window()),
        ('2026-12-01T02:00Z/2026-12-01T02:00Z', Window(START, START)),
        ('2026-12-01', Window(datetime.datetime(2026, 12, 1, tzinfo=UTC))))
    @ddt.unpack
    def test_value_announces_a_window_or_none(
            self, value: str, expected: Optional[Window]) -> None:
        self.assertEqual(expected, maintenance.parse(value))

    @ddt.data(
        ('tomorrow', "'tomorrow' is no ISO 8601 time"),
        ('2026-12-01T02:00Z/later', "'later' is no ISO 8601 time"),
        ('2026-13-01T02:00Z', "'2026-13-01T02:00Z' is no ISO 8601 time"),
        ('2026-12-01T02:00Z/PT4H', "'PT4H' is no ISO 8601 time"),
        ('2026-12-01T02:00Z/2026-12-01T06:00Z/x', 'is no ISO 8601 time'),
        ('0001-01-01T00:00+05:00', 'is no ISO 8601 time'),
        ('9999-12-31T23:59-05:00', 'is no ISO 8601 time'),
        ('2026-12-01T06:00Z/2026-12-01T02:00Z',
         'it ends (2026-12-01T02:00Z) before it starts (2026-12-01T06:00Z)'))
    @ddt.unpack
    def test_invalid_value_raises_with_the_reason(self, value: str, message: str) -> None:
        with self.assert_raises(ValueError) as caught:
            maintenance.parse(value)
        self.assertIn(message, str(caught.exception))

    @hypothesis.given(value=TEXTS)
    def test_any_value_is_parsed_to_utc_or_raises_with_a_reason(self, value: str) -> None:
        try:
            window = maintenance.parse(value)
        except ValueError as error:
            self.assertTrue(str(error))
        else:
            if window is not None:
                for time in (window.start, window.end):
                    if time is not None:
                        self.assertEqual(datetime.timedelta(0), time.utcoffset())

    @hypothesis.given(times=strategies.tuples(TIMES, TIMES).map(sorted))
    def test_times_of_any_zone_are_parsed_and_shown(self, times: list[datetime.datetime]) -> None:
        window = maintenance.parse('/'.join(time.isoformat() for time in times))
        self.assertEqual(Window(times[0], times[1]), window)
        shown = view.show(window) or {}
        self.assertEqual(window, maintenance.parse(f'{shown["start"]}/{shown["end"]}'))

    @hypothesis.given(first=TIMES, second=TIMES)
    def test_only_a_window_that_ends_before_it_starts_raises(
            self, first: datetime.datetime, second: datetime.datetime) -> None:
        value = f'{first.isoformat()}/{second.isoformat()}'
        if second < first:
            with self.assert_raises(ValueError, 'before it starts'):
                maintenance.parse(value)
        else:
            self.assertEqual(Window(first, second), maintenance.parse(value))


@ddt.ddt
class TestWindow(base.TestCase):
    @hypothesis.given(now=TIMES, end=TIMES)
    def test_window_is_over_from_its_end_on(
            self, now: datetime.datetime, end: datetime.datetime) -> None:
        self.assertEqual(end <= now, Window(None, end).is_over(now))

    def test_window_without_an_end_is_never_over(self) -> None:
        self.assertFalse(Window(START).is_over(datetime.datetime.max.replace(tzinfo=UTC)))

    @ddt.data(
        (None, None), (Window(), {'start': None, 'end': None}),
        (Window(START), {'start': '2026-12-01T02:00:00Z', 'end': None}),
        (Window(None, END), {'start': None, 'end': '2026-12-01T06:00:00Z'}))
    @ddt.unpack
    def test_window_is_shown_with_both_times(
            self, window: Optional[Window], expected: Any) -> None:
        self.assertEqual(expected, view.show(window))

    @ddt.data(None, 'new switch')
    def test_window_is_shown_with_its_reason_where_that_is_wanted(
            self, reason: Optional[str]) -> None:
        window = Window(START, reason=reason)
        self.assertEqual({'start': '2026-12-01T02:00:00Z', 'end': None}, view.show(window))
        self.assertEqual({'start': '2026-12-01T02:00:00Z', 'end': None, 'reason': reason},
                         view.show(window, with_reason=True))
        self.assertIsNone(view.show(None, with_reason=True))


class TestWindowsOfHosts(base.TestCase):
    """The aggregates' metadata is :attr:`announced`: host, aggregate and value of each."""

    def setUp(self) -> None:
        super().setUp()
        self.announced: list[tuple[str, int, str]] = []
        #: By the aggregate's id.
        self.reasons: dict[int, str] = {}
        self.useFixture(fixtures.MockPatchObject(aggregates, 'get_values', self.get_values))

    def get_values(self, context: Any, key: str, beside: str) -> list[aggregates.Value]:
        self.assertEqual(('nova_ext:maintenance', 'nova_ext:maintenance_reason'), (key, beside))
        return [aggregates.Value(*announced, self.reasons.get(announced[1]))
                for announced in self.announced]

    def test_hosts_have_no_windows_without_announcements(self) -> None:
        self.assertEqual({}, maintenance.get_windows(None))

    def test_windows_that_are_over_or_revoked_are_omitted(self) -> None:
        self.announced += [
            ('over', 1, '2020-01-01T00:00Z/2020-01-02T00:00Z'), ('revoked', 2, 'false'),
            ('begun', 3, '2020-01-01T00:00Z/2200-01-01T00:00Z'), ('open', 4, 'true')]
        self.assertEqual({
            'begun': Window(datetime.datetime(2020, 1, 1, tzinfo=UTC),
                            datetime.datetime(2200, 1, 1, tzinfo=UTC)),
            'open': Window()}, maintenance.get_windows(None))

    def test_host_of_several_aggregates_has_the_first_window_that_is_not_over(self) -> None:
        self.announced += [
            ('host', 1, '2199-01-01T00:00Z/'), ('host', 2, '2198-01-01T00:00Z/'),
            ('host', 3, '2020-01-01T00:00Z/2020-01-02T00:00Z'), ('host', 4, 'false'),
            ('undated', 1, '2199-01-01T00:00Z/'), ('undated', 5, 'true')]
        self.assertEqual({
            'host': Window(datetime.datetime(2198, 1, 1, tzinfo=UTC)), 'undated': Window(),
        }, maintenance.get_windows(None))

    def test_window_has_the_reason_of_its_own_aggregate(self) -> None:
        self.announced += [('a', 1, 'true'), ('b', 2, 'true'), ('c', 3, 'true'), ('d', 1, 'true')]
        self.reasons = {1: 'new switch', 3: ''}
        self.assertEqual(
            {'a': 'new switch', 'b': None, 'c': None, 'd': 'new switch'},
            {host: window.reason for host, window in maintenance.get_windows(None).items()})

    def test_invalid_value_counts_as_open_window_and_is_logged_once_per_aggregate(self) -> None:
        self.announced += [('a', 7, 'soon'), ('b', 7, 'soon'), ('c', 8, 'true')]
        self.assertEqual({'a': Window(), 'b': Window(), 'c': Window()},
                         maintenance.get_windows(None))
        [message] = self.logs.messages(logging.WARNING)
        self.assertIn("nova_ext:maintenance='soon' of aggregate 7", message)
        self.assertIn("'soon' is no ISO 8601 time", message)
        self.assertIn('2026-12-01T02:00Z/2026-12-01T06:00Z', message)
