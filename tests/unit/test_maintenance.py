# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import datetime
import logging
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_ext import maintenance
from nova_ext.api.views import maintenance as view
from nova_ext.db import aggregates
from nova_ext.maintenance import Window

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 12, 1, 2, tzinfo=UTC)
END = datetime.datetime(2026, 12, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(('value', 'expected'), [
    ('true', Window()), ('True', Window()), ('yes', Window()), ('1', Window()), ('on', Window()),
    ('false', None), ('no', None), ('0', None), ('off', None), ('', None),
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
    ('2026-12-01', Window(datetime.datetime(2026, 12, 1, tzinfo=UTC))),
])
def test_a_value_announces_a_window_or_nothing(value: str, expected: Optional[Window]) -> None:
    assert maintenance.parse(value) == expected


@pytest.mark.parametrize(('value', 'message'), [
    ('tomorrow', "'tomorrow' is no ISO 8601 time"),
    ('2026-12-01T02:00Z/later', "'later' is no ISO 8601 time"),
    ('2026-13-01T02:00Z', "'2026-13-01T02:00Z' is no ISO 8601 time"),
    ('2026-12-01T02:00Z/PT4H', "'PT4H' is no ISO 8601 time"),
    ('2026-12-01T02:00Z/2026-12-01T06:00Z/x', 'is no ISO 8601 time'),
    ('0001-01-01T00:00+05:00', 'is no ISO 8601 time'),
    ('9999-12-31T23:59-05:00', 'is no ISO 8601 time'),
    ('2026-12-01T06:00Z/2026-12-01T02:00Z',
     'it ends (2026-12-01T02:00Z) before it starts (2026-12-01T06:00Z)'),
])
def test_what_cannot_be_read_is_told_in_words(value: str, message: str) -> None:
    with pytest.raises(ValueError, match=r'is no ISO 8601 time|before it starts') as caught:
        maintenance.parse(value)
    assert message in str(caught.value)


@given(value=st.text() | st.lists(st.sampled_from(
    ['2026', '-', '12', '01', 'T', ':', 'Z', '/', '..', '+', 'true', ' ', '9999', '0'],
)).map(''.join))
def test_any_value_is_read_or_refused(value: str) -> None:
    try:
        window = maintenance.parse(value)
    except ValueError as error:
        assert str(error)
    else:
        assert window is None or all(
            time is None or time.utcoffset() == datetime.timedelta(0)
            for time in (window.start, window.end))


_ZONES = st.integers(-23 * 60, 23 * 60).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))
_TIMES = st.datetimes(
    datetime.datetime(1900, 1, 1), datetime.datetime(2200, 1, 1), timezones=_ZONES,
).map(lambda time: time.replace(microsecond=0))


@given(times=st.tuples(_TIMES, _TIMES).map(sorted))
def test_times_of_any_zone_are_read_as_they_were_meant(times: list[datetime.datetime]) -> None:
    window = maintenance.parse('/'.join(time.isoformat() for time in times))
    assert window == Window(*times)
    assert window is not None
    shown = view.show(window)
    assert shown is not None
    assert maintenance.parse(f'{shown["start"]}/{shown["end"]}') == window


@given(first=_TIMES, second=_TIMES)
def test_a_window_that_ends_before_it_starts_is_refused_and_no_other(
        first: datetime.datetime, second: datetime.datetime) -> None:
    value = f'{first.isoformat()}/{second.isoformat()}'
    if second < first:
        with pytest.raises(ValueError, match='before it starts'):
            maintenance.parse(value)
    else:
        assert maintenance.parse(value) == Window(first, second)


@given(now=_TIMES, end=_TIMES)
def test_a_window_is_over_from_its_end_on(
        now: datetime.datetime, end: datetime.datetime) -> None:
    assert Window(None, end).is_over(now) == (end <= now)


def test_a_window_without_an_end_is_never_over() -> None:
    assert not Window(START).is_over(datetime.datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(('window', 'expected'), [
    (None, None), (Window(), {'start': None, 'end': None}),
    (Window(START), {'start': '2026-12-01T02:00:00Z', 'end': None}),
    (Window(None, END), {'start': None, 'end': '2026-12-01T06:00:00Z'}),
])
def test_a_window_is_shown_with_both_times(window: Optional[Window], expected: Any) -> None:
    assert view.show(window) == expected


class TestWindowsOfHosts:
    @pytest.fixture
    def announced(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str]]:
        """What the aggregates' metadata says; tests add to it."""
        rows: list[tuple[str, int, str]] = []

        def get_values(context: Any, key: str) -> list[tuple[str, int, str]]:
            assert key == 'nova_ext:maintenance'
            return rows

        monkeypatch.setattr(aggregates, 'get_values', get_values)
        return rows

    def test_without_announcements_there_are_none(
            self, announced: list[tuple[str, int, str]]) -> None:
        assert maintenance.get_windows(None) == {}

    def test_what_is_over_or_taken_back_is_left_out(
            self, announced: list[tuple[str, int, str]]) -> None:
        announced += [
            ('over', 1, '2020-01-01T00:00Z/2020-01-02T00:00Z'), ('back', 2, 'false'),
            ('begun', 3, '2020-01-01T00:00Z/2200-01-01T00:00Z'), ('open', 4, 'true')]
        assert maintenance.get_windows(None) == {
            'begun': Window(datetime.datetime(2020, 1, 1, tzinfo=UTC),
                            datetime.datetime(2200, 1, 1, tzinfo=UTC)),
            'open': Window()}

    def test_of_several_the_first_that_is_not_over_is_taken(
            self, announced: list[tuple[str, int, str]]) -> None:
        announced += [
            ('host', 1, '2199-01-01T00:00Z/'), ('host', 2, '2198-01-01T00:00Z/'),
            ('host', 3, '2020-01-01T00:00Z/2020-01-02T00:00Z'), ('host', 4, 'false'),
            ('undated', 1, '2199-01-01T00:00Z/'), ('undated', 5, 'true')]
        assert maintenance.get_windows(None) == {
            'host': Window(datetime.datetime(2198, 1, 1, tzinfo=UTC)), 'undated': Window()}

    def test_what_cannot_be_read_counts_and_is_logged_once_an_aggregate(
            self, announced: list[tuple[str, int, str]],
            caplog: pytest.LogCaptureFixture) -> None:
        announced += [('a', 7, 'soon'), ('b', 7, 'soon'), ('c', 8, 'true')]
        with caplog.at_level(logging.WARNING):
            windows = maintenance.get_windows(None)
        assert windows == {'a': Window(), 'b': Window(), 'c': Window()}
        message, = (record.getMessage() for record in caplog.records)
        assert "nova_ext:maintenance='soon' of aggregate 7" in message
        assert "'soon' is no ISO 8601 time" in message
        assert '2026-12-01T02:00Z/2026-12-01T06:00Z' in message
