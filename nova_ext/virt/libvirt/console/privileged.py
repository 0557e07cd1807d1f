# SPDX-License-Identifier: Apache-2.0
"""What needs root: virtlogd's files and socket are root's. Runs in Nova's privsep daemon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Optional, TypeVar, cast

from nova import privsep

from nova_ext.compute import console_history
from nova_ext.virt import capabilities
from nova_ext.virt.libvirt.console import (
    archive,
    counted,
    expiry,
    history,
    log,
    offsets,
    requirements,
    spanning,
    virtlogd,
)

F = TypeVar('F', bound=Callable[..., Any])


def _as_root(function: F) -> F:
    """Have a function run in the daemon. Its arguments and its result go there as data."""
    return cast(F, privsep.sys_admin_pctxt.entrypoint(function))


def threads() -> int:
    """How many calls the daemon works on at once, Nova's among them; others wait."""
    return int(privsep.sys_admin_pctxt.conf.thread_pool_size)


@_as_root
def is_directory(path: str) -> bool:
    """As :func:`nova_ext.virt.libvirt.console.requirements.is_there`."""
    return requirements.is_there(path)


@_as_root
def is_log_of_root(path: str) -> bool:
    """As :func:`nova_ext.virt.libvirt.console.log.is_of_root`."""
    return log.is_of_root(path)


@_as_root
def _read_log(path: str, limit: int) -> tuple[bytes, int]:
    return log.read_tail(path, limit)


def read_log(path: str, limit: int) -> log.Tail:
    """As :func:`nova_ext.virt.libvirt.console.log.read_tail`."""
    return log.Tail(*_read_log(path, limit))


@_as_root
def _read_part_of_log(path: str, start: int, limit: int) -> tuple[bytes, int, int, int]:
    return offsets.read(path, start, limit)


def read_part_of_log(path: str, start: int, limit: int) -> capabilities.LogPart:
    """As :func:`nova_ext.virt.libvirt.console.offsets.read`."""
    return capabilities.LogPart(*_read_part_of_log(path, start, limit))


@_as_root
def begin_log(path: str, first: bool) -> None:
    """As :func:`nova_ext.virt.libvirt.console.offsets.begin`."""
    offsets.begin(path, first=first)


@_as_root
def note_logs(paths: Sequence[str]) -> dict[str, str]:
    """As :func:`nova_ext.virt.libvirt.console.offsets.note_all`."""
    return offsets.note_all(paths)


@_as_root
def _read_history(path: str, limit: int, deadline: float, exclude: str | None = None
                  ) -> tuple[bytes, int, list[tuple[int, int]]]:
    found = counted.read(path, limit, exclude=exclude, deadline=deadline)
    return found.data, found.older, [(span.start, span.length) for span in found.spans]


def read_history(
        path: str, limit: int, deadline: float, *, exclude: str | None = None) -> counted.History:
    """As :func:`nova_ext.virt.libvirt.console.counted.read`."""
    data, older, spans = _read_history(path, limit, deadline, exclude)
    return counted.History(data, older, [console_history.Span(*span) for span in spans])


@_as_root
def insert_as_oldest_log(
        path: str, data: bytes, backups: int, spans: spanning.Spans, deadline: float) -> bool:
    """As :func:`nova_ext.virt.libvirt.console.counted.insert_as_oldest`."""
    return counted.insert_as_oldest(
        path, data, backups, [console_history.Span(*span) for span in spans], deadline)


@_as_root
def append_to_log(path: str, data: bytes, spans: spanning.Spans, deadline: float) -> None:
    """As :func:`nova_ext.virt.libvirt.console.counted.append`."""
    counted.append(path, data, [console_history.Span(*span) for span in spans], deadline)


@_as_root
def move_log_on(path: str, limit: int, backups: int) -> None:
    """As :func:`nova_ext.virt.libvirt.console.counted.move_on`."""
    counted.move_on(path, limit, backups)


@_as_root
def begin_log_anew(path: str, limit: int) -> None:
    """As :func:`nova_ext.virt.libvirt.console.counted.begin_anew`."""
    counted.begin_anew(path, limit)


@_as_root
def remove_log(path: str, aside: bool) -> None:
    """As :func:`nova_ext.virt.libvirt.console.history.remove`."""
    with offsets.locked(path):
        history.remove(path, aside=aside)


@_as_root
def set_log_aside(path: str) -> Optional[str]:
    """As :func:`nova_ext.virt.libvirt.console.history.set_aside`."""
    with offsets.locked(path):
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
def _keep_log(path: str, directory: str, server: str, port: int, quota: int) -> tuple[int, int]:
    return archive.keep(path, directory, server, port, quota)


def keep_log(path: str, directory: str, server: str, port: int, quota: int) -> archive.Kept:
    """As :func:`nova_ext.virt.libvirt.console.archive.keep`."""
    return archive.Kept(*_keep_log(path, directory, server, port, quota))


@_as_root
def _read_kept_log(
        directory: str, server: str, port: int, seconds: float, start: int,
        limit: int) -> tuple[bytes, int, int, int]:
    return archive.read(directory, server, port, seconds, start, limit)


def read_kept_log(
        directory: str, server: str, port: int, seconds: float, start: int,
        limit: int) -> capabilities.LogPart:
    """As :func:`nova_ext.virt.libvirt.console.archive.read`."""
    return capabilities.LogPart(*_read_kept_log(directory, server, port, seconds, start, limit))


@_as_root
def _remove_kept_logs(
        directory: str, seconds: float, quota: int) -> tuple[list[str], list[str], dict[str, str]]:
    return expiry.remove(directory, seconds, quota)


def remove_kept_logs(directory: str, seconds: float, quota: int) -> expiry.Removed:
    """As :func:`nova_ext.virt.libvirt.console.expiry.remove`."""
    return expiry.Removed(*_remove_kept_logs(directory, seconds, quota))


@_as_root
def read_configuration(path: str) -> str:
    """As :func:`nova_ext.virt.libvirt.console.virtlogd.read`."""
    return virtlogd.read(path)


@_as_root
def get_refusal_of_virtlogd() -> Optional[str]:
    """As :func:`nova_ext.virt.libvirt.console.virtlogd.refusal`."""
    return virtlogd.refusal()
