# SPDX-License-Identifier: Apache-2.0
"""A guest of 128 MiB whose balloon reports every ten seconds, in KiB."""

from __future__ import annotations

import math
import types
from typing import Any, Optional

from nova_ext.virt.libvirt.diagnostics import memory
from tests.fixtures import clock
from tests.unit import base

PERIOD = 10

REPORT = types.MappingProxyType({
    'balloon.current': 131072, 'balloon.available': 120000, 'balloon.unused': 20000,
    'balloon.usable': 60000, 'balloon.rss': 131072})

#: What the guest uses according to it.
USED = round(60000 / 1024)


class Guest:
    """A guest and what is kept about it."""

    def __init__(self, time: clock.Clock, reports: memory.MemoryReports, uuid: str = 'a') -> None:
        self.time = time
        self.reports = reports
        self.uuid = uuid
        self.run = 1
        self.period: Optional[int] = PERIOD

    def read(self, age: Optional[float] = 0, **changes: Optional[int]) -> None:
        """Note a report of that age, or that there was none, with some figures changed."""
        figures: dict[str, Any] = {
            **REPORT, **{f'balloon.{name}': value for name, value in changes.items()}}
        if age is not None:
            figures['balloon.last-update'] = int(self.time.time() - age)
        self.reports.note(
            self.uuid, self.run,
            {name: value for name, value in figures.items() if value is not None}, self.period)

    def is_due(self) -> bool:
        return self.reports.is_due(self.uuid, self.run)

    def due_in(self) -> float:
        """Seconds until it is due, in tenths; the clock has passed them."""
        began = self.time.now
        for tenths in range(1000):
            self.time.now = began + tenths / 10
            if self.is_due():
                return tenths / 10
        return math.inf

    def used(self) -> Optional[int]:
        return self.reports.used(self.uuid, self.run, self.period)


class MemoryTestCase(base.TestCase):
    """A guest of which no report was read yet, and a clock."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(memory))
        self.guest = Guest(self.clock, memory.MemoryReports())
