# SPDX-License-Identifier: Apache-2.0
"""The body of ``GET /servers/{server_id}/diagnostics``."""

from __future__ import annotations

from typing import Any

from nova_ext.objects import base, diagnostics


def show(answer: diagnostics.Diagnostics) -> dict[str, Any]:
    """The object as JSON takes it, keys in the order of the specification."""
    return {name: _plain(getattr(answer, name)) for name in answer.fields}


def _plain(value: Any) -> Any:
    if isinstance(value, base.NovaExtObject):
        return {name: _plain(getattr(value, name)) for name in value.fields}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
