# SPDX-License-Identifier: Apache-2.0
"""The running nova-api with the plugin: its configuration, policy and SQL statements."""

from __future__ import annotations

import contextlib
import json
import pathlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from sandbox import settings, state
from sandbox.client import sql
from sandbox.client.compute import ComputeHost
from sandbox.hosts import Host

_CONTROLLER = 1

#: Executes statements as the database's root user.
execute_sql = sql.execute


def _folder() -> pathlib.Path:
    """Its configuration files, seen from this machine."""
    cloud = state.require()
    return cloud.etc(Host(_CONTROLLER)) / ('nova' if cloud.options.debian else 'nova-api')


def restart() -> None:
    """Restart it, so that it reads its configuration again."""
    done = subprocess.run(
        [str(settings.CHECKOUT / 'sandbox/stack'), 'restart', 'nova-api'],
        capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def options_overridden(**groups: dict[str, str]) -> Iterator[None]:
    """Run it with other options.

    :param groups: options by group, which override those in its configuration file
    """
    try:
        with options_written(**groups):
            restart()
            yield
    finally:
        restart()


@contextlib.contextmanager
def options_written(**groups: dict[str, str]) -> Iterator[None]:
    """Add options to its configuration file, without a restart.

    :param groups: options by group
    """
    path = _folder() / 'nova.conf'
    before = path.read_text()
    lines = [line for group, options in groups.items() for line in (
        f'[{group}]', *(f'{name} = {value}' for name, value in options.items()))]
    path.write_text('\n'.join([before, *lines, '']))
    try:
        yield
    finally:
        path.write_text(before)


@contextlib.contextmanager
def policy_overridden(rules: dict[str, str]) -> Iterator[None]:
    """Override policy rules, from the next request on.

    The directory is kept, empty: without it oslo.policy would not notice that the file is gone.
    """
    path = _folder() / 'policy.d' / 'live-tests.yaml'
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    try:
        _replace(path, json.dumps(rules))  # JSON is YAML too
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            _replace(path, before)


def _replace(path: pathlib.Path, text: str) -> None:
    """Replace a file atomically."""
    partial = path.parent.with_name(f'{path.name}.partial')
    partial.write_text(text)
    partial.rename(path)


def select_statements(send_request: Callable[[], Any]) -> list[str]:
    """Return the SELECT statements of a request, from MariaDB's general log.

    Other clients may use the same nova-api meanwhile, so the request is sent several times and
    the shortest list is returned.
    """
    service = ComputeHost(_CONTROLLER).service('nova-api')
    send_request()
    return min(([statement.text for statement in sql.selects(service, send_request)]
                for _ in range(3)), key=len)
