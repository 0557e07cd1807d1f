# SPDX-License-Identifier: Apache-2.0
"""Figures as people and as programs read them."""

from __future__ import annotations

from typing import Any

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.cli import columns, units
from tests.unit import base


@ddt.ddt
class TestUnits(base.TestCase):
    @ddt.data(
        (None, '-'), (0, '0 B'), (1023, '1023 B'), (1024, '1.0 KiB'), (1258291, '1.2 MiB'),
        (1024 ** 2 - 1, '1.0 MiB'), (3 * 1024 ** 3, '3.0 GiB'), (2 ** 63, '8192.0 PiB'))
    @ddt.unpack
    def test_octets_and_rates_have_binary_units(self, value: int | None, text: str) -> None:
        self.assertEqual(text, units.octets(value))
        self.assertEqual(text if value is None else f'{text}/s', units.rate(value))

    @hypothesis.given(strategies.integers(0, 2 ** 60))
    def test_octets_are_rounded_to_one_decimal(self, value: int) -> None:
        number, unit = units.octets(value).split()
        factor = 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].index(unit)
        self.assertLessEqual(abs(float(number) * factor - value), 0.0501 * factor)
        if unit != 'PiB':
            self.assertLess(float(number), 1024)

    @ddt.data((None, '-'), (0, '0 s'), (59.9, '59 s'), (61, '1 min 01 s'),
              (3725, '1 h 02 min'), (90000, '1 d 01 h'))
    @ddt.unpack
    def test_durations_have_up_to_two_units(self, value: float | None, text: str) -> None:
        self.assertEqual(text, units.duration(value))

    @ddt.data((17_300_000_000, '17.3 s'), (125_000_000_000, '2 min 05 s'), (None, '-'))
    @ddt.unpack
    def test_nanoseconds_are_shown_in_seconds_or_as_duration(
            self, value: int | None, text: str) -> None:
        self.assertEqual(text, units.nanoseconds(value))

    def test_unknown_mebibytes_and_percentages_are_a_dash(self) -> None:
        self.assertEqual('-', units.mebibytes(None))
        self.assertEqual('-', units.percent(None))


@ddt.ddt
class TestColumns(base.TestCase):
    @ddt.data(
        (columns.Figure, 'x', 'x'), (columns.Figure, 0, '0'), (columns.Figure, '', '-'),
        (columns.Seconds, 3725, '1 h 02 min'), (columns.YesNo, False, 'no'),
        (columns.Memory, {'maximum': 160, 'used': 63}, '63 of 160 MiB (39 %)'),
        (columns.Memory, {'maximum': 160, 'used': None}, '- of 160 MiB'),
        (columns.Memory, {'maximum': None, 'used': 0}, '0 of -'),
        (columns.Words, ['service'], 'service'), (columns.Words, [], '-'),
        (columns.Window, {'start': 'a', 'end': 'b'}, 'from a to b'),
        (columns.Window, {'start': None, 'end': 'b'}, 'to b'),
        (columns.Window, {'start': None, 'end': None}, 'announced'),
        (columns.Window, {'start': None, 'end': None, 'reason': 'fans'}, 'announced (fans)'),
        (columns.Window, {'start': 'a', 'end': None, 'reason': None}, 'from a'),
        (columns.Reason, {'disabled': True, 'disabled_reason': 'fans', 'forced_down': True,
                          'silent': True, 'last_seen_up': 'x'},
         'forced down, disabled (fans), silent, last seen up x'),
        (columns.Reason, {'disabled': True, 'disabled_reason': None, 'forced_down': False,
                          'silent': False, 'last_seen_up': None}, 'disabled, reporting'),
        (columns.PowerState, 4, 'Shutdown'), (columns.PowerState, 9, '-'))
    @ddt.unpack
    def test_column_is_text_for_people_and_the_value_for_programs(
            self, column: Any, value: Any, text: str) -> None:
        self.assertEqual(text, column(value).human_readable())
        self.assertIs(value, column(value).machine_readable())

    @ddt.data(columns.Figure, columns.Seconds, columns.YesNo, columns.Memory, columns.Words,
              columns.Window, columns.Reason, columns.PowerState)
    def test_unknown_value_is_a_dash_for_people_and_none_for_programs(self, column: Any) -> None:
        self.assertEqual('-', column(None).human_readable())
        self.assertIsNone(column(None).machine_readable())
