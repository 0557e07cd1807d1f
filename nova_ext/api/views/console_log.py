# SPDX-License-Identifier: Apache-2.0
"""The body of ``GET /servers/{server_id}/console-log``."""

from __future__ import annotations

from typing import Any

from nova_ext.virt import capabilities


def show(part: capabilities.LogPart) -> dict[str, Any]:
    """A part of a log as text; each byte that is no UTF-8 is shown as U+FFFD."""
    return {
        'text': part.data.decode('utf-8', 'replace'),
        'start': part.start,
        'next': part.next,
        'oldest': part.oldest,
    }
