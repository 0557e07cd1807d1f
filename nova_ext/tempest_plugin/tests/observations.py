# SPDX-License-Identifier: Apache-2.0
"""Two observations of a server's diagnostics, and what must have passed between them."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

#: Uptimes are whole seconds.
ROUNDING = 1


@dataclasses.dataclass(frozen=True)
class Observation:
    """What diagnostics said, and between which moments they were asked for."""

    found: Any
    began: float
    ended: float

    @classmethod
    def at(cls, client: Any, server_id: str) -> Observation:
        """Ask now.

        :param client: a DiagnosticsClient
        """
        began = time.monotonic()
        found = client.show_diagnostics(server_id)
        return cls(found, began, time.monotonic())

    def uptime_went_on(self, before: Observation) -> bool:
        """Whether the uptime has grown by the time that has passed since."""
        grown = self.found['uptime'] - before.found['uptime']
        return bool(
            self.began - before.ended - ROUNDING <= grown <= self.ended - before.began + ROUNDING)

    def started_after(self, moment: float) -> bool:
        """Whether the guest was started no earlier than then."""
        return bool(self.found['uptime'] <= self.ended - moment + ROUNDING)
