# SPDX-License-Identifier: Apache-2.0
"""What needs root: virtlogd's files are root's own. Runs in Nova's privsep daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from nova import privsep

from nova_ext.virt.libvirt import console_log

F = TypeVar('F', bound=Callable[..., Any])


def _as_root(function: F) -> F:
    """Have a function run in the daemon. Its arguments and its result go there as data."""
    return cast(F, privsep.sys_admin_pctxt.entrypoint(function))


@_as_root
def _read_tail(path: str, limit: int) -> tuple[bytes, int]:
    tail = console_log.read_tail(path, limit)
    return tail.data, tail.older


def read_tail(path: str, limit: int) -> console_log.Tail:
    """As :func:`nova_ext.virt.libvirt.console_log.read_tail`, with a root's rights."""
    return console_log.Tail(*_read_tail(path, limit))
