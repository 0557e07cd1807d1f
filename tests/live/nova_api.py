# SPDX-License-Identifier: Apache-2.0
"""The running nova-api with the plugin: its configuration, policy and SQL statements."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from sandbox import settings, state
from sandbox.client.compute import ComputeHost
from sandbox.hosts import Host
from sandbox.services import MYSQL_SOCKET

_CONTROLLER = 1

#: With this SQLAlchemy's pool tests a connection; it is not counted.
_PING = 'SELECT 1'


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
    send_request()
    return min((_logged_statements(send_request) for _ in range(3)), key=len)


def _logged_statements(send_request: Callable[[], Any]) -> list[str]:
    execute_sql("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; "
         'SET GLOBAL general_log = ON')
    try:
        send_request()
    finally:
        execute_sql('SET GLOBAL general_log = OFF')
    connections = _connection_ids()
    rows = execute_sql("SELECT thread_id, argument FROM mysql.general_log "
                "WHERE command_type = 'Query' ORDER BY event_time")
    execute_sql("TRUNCATE mysql.general_log; SET GLOBAL log_output = 'FILE'")
    return [text for thread, text in rows
            if thread in connections and text.upper().startswith('SELECT') and text != _PING]


def _connection_ids() -> set[str]:
    """Return the MariaDB ids of the connections of nova-api's processes."""
    master = ComputeHost(_CONTROLLER).service('nova-api').pid()
    workers = pathlib.Path(f'/proc/{master}/task/{master}/children').read_text().split()
    listed = subprocess.run(
        ['ss', '-tnpH', 'dport', '=', f':{settings.MYSQL_PORT}'],
        capture_output=True, text=True, timeout=120, check=True).stdout
    ports = {fields[3] for fields in map(str.split, listed.splitlines())
             if set(re.findall(r'pid=(\d+)', fields[-1])) & {str(master), *workers}}
    return {connection for connection, client in execute_sql(
        'SELECT id, host FROM information_schema.processlist') if client in ports}


def execute_sql(script: str) -> list[list[str]]:
    """Execute statements as the database's root user and return the rows."""
    printed = ComputeHost(_CONTROLLER).run(
        'mariadb', '--no-defaults', '-uroot', f'--socket={MYSQL_SOCKET}', '--batch',
        '--skip-column-names', '--execute', script)
    return [line.replace('\\n', ' ').split('\t', 1) for line in printed.splitlines()]
