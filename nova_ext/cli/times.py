# SPDX-License-Identifier: Apache-2.0
"""Times of maintenance, as people write them and as an aggregate's metadata has them: ISO 8601."""

from __future__ import annotations

import datetime
import re

from nova_ext.cli import exceptions

UTC = datetime.timezone.utc

_TIME = re.compile(
    r'(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)'
    r'([T ](?P<hour>\d\d)(:?(?P<minute>\d\d)(:?(?P<second>\d\d)([.,]\d+)?)?)?)?'
    r' ?(?P<zone>Z|(?P<sign>[+-])(?P<hours>\d\d)(:?(?P<minutes>\d\d))?)?',
    re.ASCII | re.IGNORECASE)

_PARTS = ('year', 'month', 'day', 'hour', 'minute', 'second')


def parse(text: str) -> datetime.datetime:
    """A time in UTC, in whole seconds; one without a zone is in UTC.

    :raises ValueError: it is none
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'{text!r} is no ISO 8601 time')
    offset = datetime.timedelta(
        hours=int(found['hours'] or 0), minutes=int(found['minutes'] or 0))
    zone = datetime.timezone(-offset if found['sign'] == '-' else offset)
    year, month, day, hour, minute, second = (int(found[part] or 0) for part in _PARTS)
    try:
        return datetime.datetime(
            year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f'{text!r} is out of range') from error


def parse_option(option: str, text: str) -> datetime.datetime:
    """The time in an option, which has to say its zone: people mean their own, programs UTC.

    :param option: its name
    :raises nova_ext.cli.exceptions.ClientError: it cannot be used, in words for the person
    """
    try:
        time = parse(text)
    except ValueError:
        raise exceptions.ClientError(
            f"{option} '{text}' is no ISO 8601 time: write it as 2026-12-01T02:00Z or "
            '2026-12-01T02:00+01:00.') from None
    found = _TIME.fullmatch(text.strip())
    if found is None or not found['zone']:
        raise exceptions.ClientError(
            f"{option} '{text}' has no time zone: end it with Z for UTC, or with an offset such "
            'as +01:00.')
    return time


def show(time: datetime.datetime) -> str:
    """``2026-12-01T02:00:00Z``."""
    # strftime leaves out the zeros that a year before 1000 begins with.
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds') + 'Z'
