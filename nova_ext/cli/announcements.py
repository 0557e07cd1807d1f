# SPDX-License-Identifier: Apache-2.0
"""Maintenance that the metadata of an aggregate announces, as nova-ext's API reads it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator
from typing import Optional

from nova_ext.cli import aggregates, times

KEY = 'nova_ext:maintenance'

REASON_KEY = 'nova_ext:maintenance_reason'

#: The columns of a list, see :func:`row`.
HEADINGS = ('Host', 'Start', 'End', 'Reason', 'Aggregate', 'State')

_YES = frozenset({'1', 't', 'true', 'on', 'y', 'yes'})
_NO = frozenset({'0', 'f', 'false', 'off', 'n', 'no'})


@dataclasses.dataclass(frozen=True)
class Announcement:
    """What one aggregate announces for one of its hosts."""

    host: str
    #: The aggregate's name and id.
    aggregate: str
    aggregate_id: int
    #: ISO 8601 in UTC, or as it is written where that cannot be read; None: not said.
    start: Optional[str]
    end: Optional[str]
    #: None: not said.
    reason: Optional[str]

    def state(self, now: datetime.datetime) -> str:
        """``upcoming``, ``ongoing`` or ``over``; what does not say when it begins has begun."""
        if self.end and _is_past(self.end, now):
            return 'over'
        return 'ongoing' if not self.start or _is_past(self.start, now) else 'upcoming'

    def describe(self) -> str:
        """The window, for a sentence."""
        return f'{self.start or ".."}/{self.end or ".."}'


def read(found: Iterable[aggregates.Body]) -> Iterator[Announcement]:
    """What some aggregates announce, host by host.

    :param found: as Nova shows them
    """
    for aggregate in found:
        window = _window(aggregate['metadata'].get(KEY) or '')
        if window is None:
            continue
        for host in sorted(aggregate['hosts']):
            yield Announcement(
                host, aggregate['name'], aggregate['id'], *window,
                aggregate['metadata'].get(REASON_KEY) or None)


def row(one: Announcement) -> tuple[Optional[str], ...]:
    """The cells of an announcement, under :data:`HEADINGS`."""
    return (one.host, one.start, one.end, one.reason, one.aggregate,
            one.state(datetime.datetime.now(times.UTC)))


def value(start: datetime.datetime, end: datetime.datetime) -> str:
    """A window as the metadata has it."""
    return f'{times.show(start)}/{times.show(end)}'


def _window(text: str) -> Optional[tuple[Optional[str], Optional[str]]]:
    """Start and end in a value of the metadata; None: it announces nothing."""
    word = text.strip().lower()
    if not text or word in _NO:
        return None
    if word in _YES:
        return None, None
    start, _, end = text.partition('/')
    return _time(start.strip()), _time(end.strip())


def _time(text: str) -> Optional[str]:
    if text in ('', '..'):
        return None
    try:
        return times.show(times.parse(text))
    except ValueError:
        return text


def _is_past(text: str, now: datetime.datetime) -> bool:
    """Whether a time that can be read has passed."""
    try:
        return times.parse(text) <= now
    except ValueError:
        return False
