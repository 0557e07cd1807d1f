# SPDX-License-Identifier: Apache-2.0
"""The body of ``GET /servers/{server_id}/diagnostics``."""

from __future__ import annotations

from typing import Any

from nova_ext.objects import base, diagnostics


def show(answer: diagnostics.Diagnostics) -> dict[str, Any]:
    """The object as JSON takes it, keys in the order of the specification."""
    return _fields(answer)


def _fields(part: base.NovaExtObject) -> dict[str, Any]:
    """Each field; one that an older compute host did not send is unknown."""
    return {name: _plain(getattr(part, name)) if part.obj_attr_is_set(name) else None
            for name in part.fields}


def _plain(value: Any) -> Any:
    if isinstance(value, base.NovaExtObject):
        return _fields(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
