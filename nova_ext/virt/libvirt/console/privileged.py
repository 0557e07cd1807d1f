# SPDX-License-Identifier: Apache-2.0
"""What needs root: virtlogd's files and socket are root's. Runs in Nova's privsep daemon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, TypeVar, cast

from nova import privsep

from nova_ext.virt.libvirt.console import history, log, virtlogd

F = TypeVar('F', bound=Callable[..., Any])


def _as_root(function: F) -> F:
    """Have a function run in the daemon. Its arguments and its result go there as data."""
    return cast(F, privsep.sys_admin_pctxt.entrypoint(function))


@_as_root
def _read_log(path: str, limit: int, exclude: str | None) -> tuple[bytes, int]:
    tail = log.read_tail(path, limit, exclude=exclude)
    return tail.data, tail.older


def read_log(path: str, limit: int, *, exclude: str | None = None) -> log.Tail:
    """As :func:`nova_ext.virt.libvirt.console.log.read_tail`."""
    return log.Tail(*_read_log(path, limit, exclude))


@_as_root
def insert_as_oldest_log(path: str, data: bytes, backups: int) -> bool:
    """As :func:`nova_ext.virt.libvirt.console.history.insert_as_oldest`."""
    return history.insert_as_oldest(path, data, backups)


@_as_root
def append_to_log(path: str, data: bytes) -> None:
    """As :func:`nova_ext.virt.libvirt.console.history.append`."""
    history.append(path, data)


@_as_root
def move_log_on(path: str, limit: int, backups: int, replace: bool) -> None:
    """As :func:`nova_ext.virt.libvirt.console.history.move_on`."""
    history.move_on(path, limit, backups, replace=replace)


@_as_root
def remove_log(path: str, aside: bool) -> None:
    """As :func:`nova_ext.virt.libvirt.console.history.remove`."""
    history.remove(path, aside=aside)


@_as_root
def set_log_aside(path: str) -> Optional[str]:
    """As :func:`nova_ext.virt.libvirt.console.history.set_aside`."""
    return history.set_aside(path)


@_as_root
def mark_log_sent(path: str, sent: bool) -> None:
    """As :func:`nova_ext.virt.libvirt.console.history.mark_sent`."""
    history.mark_sent(path, sent)


@_as_root
def is_log_sent(path: str) -> bool:
    """As :func:`nova_ext.virt.libvirt.console.history.is_sent`."""
    return history.is_sent(path)


@_as_root
def read_configuration(path: str) -> str:
    """As :func:`nova_ext.virt.libvirt.console.virtlogd.read`."""
    return virtlogd.read(path)


@_as_root
def get_refusal_of_virtlogd() -> Optional[str]:
    """As :func:`nova_ext.virt.libvirt.console.virtlogd.refusal`."""
    return virtlogd.refusal()
