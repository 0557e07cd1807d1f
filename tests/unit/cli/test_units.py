# SPDX-License-Identifier: Apache-2.0
"""Figures as people and as programs read them."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from nova_ext.cli import columns, units


@pytest.mark.parametrize(('value', 'text'), [
    (None, '-'), (0, '0 B'), (1023, '1023 B'), (1024, '1.0 KiB'), (1258291, '1.2 MiB'),
    (1024 ** 2 - 1, '1.0 MiB'), (3 * 1024 ** 3, '3.0 GiB'), (2 ** 63, '8192.0 PiB')])
def test_octets(value: int | None, text: str) -> None:
    assert units.octets(value) == text
    assert units.rate(value) == (text if value is None else f'{text}/s')


@hypothesis.given(strategies.integers(0, 2 ** 60))
def test_octets_are_right_to_the_shown_digit(value: int) -> None:
    number, unit = units.octets(value).split()
    factor = 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'].index(unit)
    assert abs(float(number) * factor - value) <= 0.0501 * factor
    assert float(number) < 1024 or unit == 'PiB'


@pytest.mark.parametrize(('value', 'text'), [
    (None, '-'), (0, '0 s'), (59.9, '59 s'), (61, '1 min 01 s'), (3725, '1 h 02 min'),
    (90000, '1 d 01 h')])
def test_durations(value: float | None, text: str) -> None:
    assert units.duration(value) == text


@pytest.mark.parametrize(('column', 'value', 'text'), [
    (columns.Figure, 'x', 'x'), (columns.Figure, 0, '0'), (columns.Figure, '', '-'),
    (columns.Seconds, 3725, '1 h 02 min'), (columns.YesNo, False, 'no'),
    (columns.Memory, {'maximum': 160, 'used': 63}, '63 of 160 MiB (39 %)'),
    (columns.Memory, {'maximum': 160, 'used': None}, '- of 160 MiB'),
    (columns.Memory, {'maximum': None, 'used': 0}, '0 of -'),
    (columns.Words, ['service'], 'service'), (columns.Words, [], '-'),
    (columns.Window, {'start': 'a', 'end': 'b'}, 'from a to b'),
    (columns.Window, {'start': None, 'end': 'b'}, 'to b'),
    (columns.Window, {'start': None, 'end': None}, 'announced'),
    (columns.PowerState, 4, 'Shutdown'), (columns.PowerState, 9, '-')])
def test_columns_have_units_for_people_and_the_value_for_programs(
        column: Any, value: Any, text: str) -> None:
    assert column(value).human_readable() == text
    assert column(value).machine_readable() is value
    assert column(None).human_readable() == '-'
    assert column(None).machine_readable() is None
    assert units.nanoseconds(17_300_000_000) == '17.3 s'
    assert units.nanoseconds(125_000_000_000) == '2 min 05 s'
    assert units.nanoseconds(None) == units.mebibytes(None) == units.percent(None) == '-'
