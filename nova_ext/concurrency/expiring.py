# SPDX-License-Identifier: Apache-2.0
"""What is remembered for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable


class ExpiringSet:
    """Members that leave by themselves, for all threads of a process."""

    def __init__(self, seconds: float) -> None:
        """Make an empty set.

        :param seconds: for which a member stays
        """
        self.seconds = seconds
        self._lock = threading.Lock()
        self._until: dict[Hashable, float] = {}

    def add(self, member: Hashable) -> None:
        """Add a member, or keep it for longer."""
        now = time.monotonic()
        with self._lock:
            self._until = {known: until for known, until in self._until.items() if until > now}
            self._until[member] = now + self.seconds

    def __contains__(self, member: Hashable) -> bool:
        """Return whether it was added within the last seconds."""
        with self._lock:
            return self._until.get(member, 0.0) > time.monotonic()
