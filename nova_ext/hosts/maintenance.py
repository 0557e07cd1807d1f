# SPDX-License-Identifier: Apache-2.0
"""Maintenance that an operator announced for the hosts of an aggregate.

The aggregate's metadata says so under :data:`KEY`. The value is an ISO 8601 interval
``START/END``, of which either end may be left out (or be ``..``), a lone start, or ``true`` when
no time is known yet. ``false`` or an empty value takes the announcement back. Why there is
maintenance may be said under :data:`REASON_KEY`.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable
from typing import Any

from oslo_log import log as logging
from oslo_utils import strutils, timeutils

from nova_ext.db import aggregates

LOG = logging.getLogger(__name__)

KEY = 'nova_ext:maintenance'

REASON_KEY = 'nova_ext:maintenance_reason'

_OPEN_ENDS = ('', '..')


@dataclasses.dataclass(frozen=True)
class Window:
    """When the maintenance is; both times aware, in UTC."""

    #: None: not known, or it has begun.
    start: datetime.datetime | None = None
    #: None: not known.
    end: datetime.datetime | None = None
    #: Why, in the operator's words; None: that was not said.
    reason: str | None = None

    def is_over(self, now: datetime.datetime) -> bool:
        """Whether it ended before ``now``, an aware time."""
        return self.end is not None and self.end <= now


def parse(value: str) -> Window | None:
    """What a value of the metadata announces.

    :returns: None when it takes the announcement back
    :raises ValueError: it cannot be read, in words for the operator
    """
    try:
        return Window() if strutils.bool_from_string(value or 'no', strict=True) else None
    except ValueError:
        pass  # not a boolean, so an interval
    start, _, end = (part.strip() for part in value.partition('/'))
    window = Window(_time(start), _time(end))
    if window.start and window.end and window.end < window.start:
        raise ValueError(f'it ends ({end}) before it starts ({start})')
    return window


def _time(text: str) -> datetime.datetime | None:
    if text in _OPEN_ENDS:
        return None
    try:
        return timeutils.parse_isotime(text).astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError) as error:
        raise ValueError(f'{text!r} is no ISO 8601 time') from error


def get_windows(context: Any) -> dict[str, Window]:
    """The maintenance that is announced for each host and not over. One statement.

    Of several announcements for a host the one that begins first is taken; an announcement
    that cannot be read counts as one without times, and is logged.

    :param context: nova.context.RequestContext
    :returns: by the host's key of :func:`nova_ext.db.names.key`
    """
    announced: dict[str, list[Window]] = {}
    parsed: dict[tuple[int, str], Window | None] = {}
    for host, aggregate_id, value, reason in aggregates.get_values(context, KEY, REASON_KEY):
        announcement = (aggregate_id, value)
        if announcement not in parsed:
            parsed[announcement] = _parse_or_warn(aggregate_id, value)
        window = parsed[announcement]
        if window is not None:
            announced.setdefault(host, []).append(
                dataclasses.replace(window, reason=reason or None))
    now = datetime.datetime.now(datetime.timezone.utc)
    first = {host: _first(windows, now) for host, windows in announced.items()}
    return {host: window for host, window in first.items() if window is not None}


def _parse_or_warn(aggregate_id: int, value: str) -> Window | None:
    try:
        return parse(value)
    except ValueError as error:
        LOG.warning(
            'The metadata %s=%r of aggregate %d announces maintenance, but its time cannot be '
            "parsed: %s. Use an interval such as '2026-12-01T02:00Z/2026-12-01T06:00Z'.",
            KEY, value, aggregate_id, error)
        return Window()


def _first(windows: Iterable[Window], now: datetime.datetime) -> Window | None:
    """The window that begins first of those that are not over."""
    beginning = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
    return min(
        (window for window in windows if not window.is_over(now)),
        key=lambda window: window.start or beginning, default=None)
