# SPDX-License-Identifier: Apache-2.0
"""The base of the overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nova_ext.virt.libvirt import extensions

#: To type checkers anything: at run time the mixins come before Nova's driver.
_NovaDriver: Any = object


class Overrides(_NovaDriver):  # type: ignore[misc]
    """Some overrides of a libvirt driver of Nova's, whose methods ``super()`` calls."""

    #: What they delegate to.
    _nova_ext: extensions.Extensions
