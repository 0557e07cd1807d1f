# SPDX-License-Identifier: Apache-2.0
"""Times in answers."""

from __future__ import annotations

import datetime
from typing import Optional


def show(value: Optional[datetime.datetime]) -> Optional[str]:
    """A time in UTC as ISO 8601, or null."""
    # strftime leaves out the zeros that a year before 1000 begins with.
    return None if value is None else (
        value.replace(tzinfo=None).isoformat(timespec='seconds') + 'Z')
