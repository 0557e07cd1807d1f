# SPDX-License-Identifier: Apache-2.0
"""Memory in use by a guest, as its balloon driver reports it from time to time."""

from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any, Optional

#: A report is out of date after this many periods, and a little more.
_PERIODS = 2
_GRACE = 5

#: Seconds after which to look again for a report that is late.
_LATE = 1.0

_KIB_PER_MIB = 1024


@dataclasses.dataclass(frozen=True)
class _Reading:
    """What was read for one run of a guest, and until when nothing else is to be had.

    Times are monotonic: the host's clock may be set while a reading is kept.
    """

    domain_id: int
    used: Optional[int]
    reported: float
    good_until: float


class MemoryReports:
    """Keeps each guest's last report, because QEMU has no other until the guest's next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readings: dict[str, _Reading] = {}

    def is_due(self, uuid: str, domain_id: int) -> bool:
        """Whether the guest may have reported since it was last read."""
        with self._lock:
            reading = self._readings.get(uuid)
        return (reading is None or reading.domain_id != domain_id
                or time.monotonic() >= reading.good_until)

    def note(
            self, uuid: str, domain_id: int, balloon: dict[str, Any], period: Optional[int],
    ) -> None:
        """Keep what was read.

        :param uuid: the guest
        :param domain_id: libvirt's number of the running domain
        :param balloon: ``balloon.*`` of its statistics
        :param period: seconds between its reports; None when it is not asked for any
        """
        now = time.monotonic()
        last_update = balloon.get('balloon.last-update', 0)
        # Not from the future, whatever the clock says now.
        age = max(0.0, time.time() - last_update)
        # One that never was: its driver is not there, or not yet.
        next_report = (period or 0) - age if last_update else (period or 0) / 2
        reading = _Reading(
            domain_id=domain_id, used=_used(balloon), reported=now - age,
            good_until=now + max(next_report, _LATE))
        oldest = now - _stale_after(period)
        with self._lock:
            self._readings = {other: kept for other, kept in self._readings.items()
                              if kept.good_until > oldest}
            self._readings[uuid] = reading

    def used(self, uuid: str, domain_id: int, period: Optional[int]) -> Optional[int]:
        """MiB in use by the guest, as last reported; None when that is unknown or out of date.

        That is the memory it has less what it could still give out without swapping: its own
        MemTotal less MemAvailable. A guest too old to report the latter counts its caches as
        used.
        """
        with self._lock:
            reading = self._readings.get(uuid)
        if (reading is None or reading.domain_id != domain_id
                or time.monotonic() - reading.reported > _stale_after(period)):
            return None
        return reading.used


def _stale_after(period: Optional[int]) -> float:
    """Age in seconds at which a report says nothing about the guest now."""
    return (period or 0) * _PERIODS + _GRACE


def _used(balloon: dict[str, Any]) -> Optional[int]:
    total: Optional[int] = balloon.get('balloon.available')
    free: Optional[int] = balloon.get('balloon.usable', balloon.get('balloon.unused'))
    if total is None or free is None or free > total:
        return None
    return round((total - free) / _KIB_PER_MIB)
