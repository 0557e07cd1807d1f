# SPDX-License-Identifier: Apache-2.0
"""Announced maintenance, beside the server or hypervisor that it is about."""

from __future__ import annotations

from typing import Optional

from nova_ext.api.views import times
from nova_ext.hosts import maintenance


def show(
        window: Optional[maintenance.Window], *,
        with_reason: bool = False) -> Optional[dict[str, Optional[str]]]:
    """A window with its times, each null when it is not known; null: nothing is announced.

    :param with_reason: whether to say why, or null; from nova-ext 1.2
    """
    if window is None:
        return None
    shown = {'start': times.show(window.start), 'end': times.show(window.end)}
    return {**shown, 'reason': window.reason} if with_reason else shown
