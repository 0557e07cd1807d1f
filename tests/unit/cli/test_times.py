# SPDX-License-Identifier: Apache-2.0
"""Times of maintenance that people give to the commands."""

from __future__ import annotations

import datetime

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.cli import announcements, exceptions, times
from nova_ext.hosts import maintenance
from tests.unit import base
from tests.unit.hosts.test_maintenance import TEXTS, TIMES

START = datetime.datetime(2026, 12, 1, 2, tzinfo=datetime.timezone.utc)


@ddt.ddt
class TestOption(base.TestCase):
    @ddt.data('2026-12-01T02:00:00Z', '2026-12-01T02:00Z', '2026-12-01t02:00z',
              '2026-12-01 02:00Z', '2026-12-01T02Z', '20261201T0200Z', '2026-12-01T03:00+01:00',
              '2026-12-01T03:00+01', '2026-12-01T03:00 +0100', '2026-11-30T20:30-05:30',
              '2026-12-01T02:00:00.999Z', ' 2026-12-01T02:00Z ')
    def test_time_of_any_zone_is_taken(self, text: str) -> None:
        self.assertEqual(START, times.parse_option('--start', text))

    @ddt.data('2026-12-01T02:00', '2026-12-01T02:00:00', '2026-12-01')
    def test_time_without_a_zone_is_refused(self, text: str) -> None:
        with self.assert_raises(exceptions.ClientError) as caught:
            times.parse_option('--start', text)
        self.assertEqual(
            f"--start '{text}' has no time zone: end it with Z for UTC, or with an offset such "
            'as +01:00.', str(caught.exception))

    @ddt.data('', 'tomorrow', '2026-13-01T02:00Z', '2026-02-30T02:00Z', '2026-12-01T25:00Z',
              '2026-12-01T02:00+99:00', '0001-01-01T00:00+05:00', '9999-12-31T23:59-05:00',
              '12:00Z', '\u0662026-12-01T02:00Z', '2026-12-01T02:00Z/2026-12-01T06:00Z')
    def test_other_text_is_refused(self, text: str) -> None:
        with self.assert_raises(exceptions.ClientError) as caught:
            times.parse_option('--end', text)
        self.assertEqual(
            f"--end '{text}' is no ISO 8601 time: write it as 2026-12-01T02:00Z or "
            '2026-12-01T02:00+01:00.', str(caught.exception))

    @hypothesis.given(text=TEXTS)
    def test_any_text_is_a_time_or_refused(self, text: str) -> None:
        try:
            time = times.parse_option('--start', text)
        except exceptions.ClientError as error:
            self.assertTrue(str(error).startswith('--start '))
        else:
            self.assertEqual(datetime.timedelta(0), time.utcoffset())


class TestAgreement(base.TestCase):
    """What the commands write and read is what the API reads."""

    @hypothesis.given(both=strategies.tuples(TIMES, TIMES).map(sorted))
    def test_api_reads_the_window_that_is_written(self, both: list[datetime.datetime]) -> None:
        value = announcements.value(*(
            times.parse_option('--start', time.isoformat()) for time in both))
        self.assertEqual(maintenance.Window(both[0], both[1]), maintenance.parse(value))

    @hypothesis.example(value='00010101')
    @hypothesis.given(value=TEXTS | strategies.sampled_from([
        'true', 'False', 'yes', 'off', '', '2026-12-01T02:00Z', '../2026-12-01T06:00Z',
        '20261201T020000Z/20261201T060000Z', '2026-12-01/..', ' 2026-12-01T02:00 / ']))
    def test_what_the_api_takes_for_an_announcement_is_listed(self, value: str) -> None:
        found = list(announcements.read([{
            'id': 1, 'name': 'rack1', 'hosts': ['a'], 'metadata': {announcements.KEY: value}}]))
        try:
            window = maintenance.parse(value)
        except ValueError:  # it counts as one without times
            self.assertEqual(1, len(found))
            return
        self.assertEqual(0 if window is None else 1, len(found))
        for one in found:
            again = maintenance.parse(one.describe())
            self.assertEqual(window, again)
