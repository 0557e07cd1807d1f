# SPDX-License-Identifier: Apache-2.0
"""Announced maintenance, beside the server or hypervisor that it is about."""

from __future__ import annotations

import datetime
from typing import Optional

from nova_ext.hosts import maintenance


def show(
        window: Optional[maintenance.Window], *,
        with_reason: bool = False) -> Optional[dict[str, Optional[str]]]:
    """A window with its times, each null when it is not known; null: nothing is announced.

    :param with_reason: whether to say why, or null; from nova-ext 1.2
    """
    if window is None:
        return None
    shown = {'start': time(window.start), 'end': time(window.end)}
    return {**shown, 'reason': window.reason} if with_reason else shown


def time(value: Optional[datetime.datetime]) -> Optional[str]:
    """A time in UTC as ISO 8601, or null."""
    # strftime leaves out the zeros that a year before 1000 begins with.
    return None if value is None else (
        value.replace(tzinfo=None).isoformat(timespec='seconds') + 'Z')
