# SPDX-License-Identifier: Apache-2.0
"""The body of ``GET /servers/{server_id}/diagnostics``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_ext.objects import base, diagnostics

#: The version of the API that shows what a version of an object has added.
_SHOWN_FROM: dict[type[base.NovaExtObject], dict[str, str]] = {
    diagnostics.CpuDiagnostics: {'1.1': '1.2'},
    diagnostics.NicDiagnostics: {'1.1': '1.2'},
    diagnostics.DiskDiagnostics: {'1.1': '1.2'},
    diagnostics.Diagnostics: {'1.1': '1.2'},
}

#: Whether the version that was negotiated is the one that is given, or a newer one.
_Has = Callable[[str], bool]


def object_version(has: _Has) -> str:
    """The version of Diagnostics that has all the fields to be shown.

    :param has: whether the version that was negotiated is this one or a newer one
    """
    shown = [version for version, api_version in _SHOWN_FROM[diagnostics.Diagnostics].items()
             if has(api_version)]
    return shown[-1] if shown else '1.0'


def show(answer: diagnostics.Diagnostics, has: _Has) -> dict[str, Any]:
    """The object as JSON takes it, keys in the order of the specification.

    What versions of the API have added comes behind.

    :param has: whether the version that was negotiated is this one or a newer one
    """
    return _fields(answer, has)


def _fields(part: base.NovaExtObject, has: _Has) -> dict[str, Any]:
    """Each field of that version; one that a compute host did not send is unknown."""
    later = {name for added, names in part.ADDED.items()
             if not has(_SHOWN_FROM[type(part)][added]) for name in names}
    return {name: _plain(getattr(part, name), has) if part.obj_attr_is_set(name) else None
            for name in part.fields if name not in later}


def _plain(value: Any, has: _Has) -> Any:
    if isinstance(value, base.NovaExtObject):
        return _fields(value, has)
    if isinstance(value, list):
        return [_plain(item, has) for item in value]
    return value
