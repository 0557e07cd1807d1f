# SPDX-License-Identifier: Apache-2.0
"""Figures as people read them. What is unknown is :data:`UNKNOWN`, never 0."""

from __future__ import annotations

from typing import Optional

UNKNOWN = '-'

Number = Optional[float]

_BINARY = ('B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')


def octets(value: Number) -> str:
    """``1258291`` as ``1.2 MiB``."""
    if value is None:
        return UNKNOWN
    index = 0
    while index < len(_BINARY) - 1 and round(value, 1 if index else 0) >= 1024:
        value, index = value / 1024, index + 1
    return f'{value:.1f} {_BINARY[index]}' if index else f'{value:.0f} B'


def rate(value: Number) -> str:
    """Octets per second: ``1258291`` as ``1.2 MiB/s``."""
    return UNKNOWN if value is None else f'{octets(value)}/s'


def mebibytes(value: Number) -> str:
    """``160`` as ``160 MiB``."""
    return UNKNOWN if value is None else f'{value:.0f} MiB'


def percent(value: Number) -> str:
    """``15`` as ``15 %``."""
    return UNKNOWN if value is None else f'{value:.0f} %'


def count(value: Number) -> str:
    """``26701`` as it is."""
    return UNKNOWN if value is None else f'{value:.0f}'


def nanoseconds(value: Number) -> str:
    """CPU time: ``17300000000`` as ``17.3 s``."""
    if value is None:
        return UNKNOWN
    seconds = value / 1e9
    return f'{seconds:.1f} s' if seconds < 60 else duration(seconds)


def duration(value: Number) -> str:
    """Seconds: ``3725`` as ``1 h 02 min``, its two largest units."""
    if value is None:
        return UNKNOWN
    seconds = int(value)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f'{days} d {hours % 24:02} h'
    if hours:
        return f'{hours} h {minutes % 60:02} min'
    if minutes:
        return f'{minutes} min {seconds % 60:02} s'
    return f'{seconds} s'
