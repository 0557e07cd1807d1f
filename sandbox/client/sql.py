# SPDX-License-Identifier: Apache-2.0
"""The cloud's MariaDB: statements as its root user, and those that a service executes."""

from __future__ import annotations

import pathlib
import re
import subprocess
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox import settings
from sandbox.client.compute import ComputeHost
from sandbox.processes import Service
from sandbox.services import MYSQL_SOCKET

_CONTROLLER = 1

#: With this SQLAlchemy's pool tests a connection; it is not counted.
_PING = 'SELECT 1'


class Statement(NamedTuple):
    """What a service executed."""

    #: The database of the connection, such as ``nova_api``.
    database: str
    text: str


def execute(script: str) -> list[list[str]]:
    """Execute statements as the database's root user and return the rows."""
    printed = ComputeHost(_CONTROLLER).run(
        'mariadb', '--no-defaults', '-uroot', f'--socket={MYSQL_SOCKET}', '--batch',
        '--skip-column-names', '--execute', script)
    return [line.replace('\\n', ' ').split('\t') for line in printed.splitlines()]


def selects(service: Service, act: Callable[[], Any]) -> list[Statement]:
    """The SELECT statements that a service executes meanwhile, from MariaDB's general log.

    :param service: on the controller, of uwsgi with processes of its own
    :param act: has it execute them
    """
    execute("SET GLOBAL log_output = 'TABLE'; TRUNCATE mysql.general_log; "
            'SET GLOBAL general_log = ON')
    try:
        act()
    finally:
        execute('SET GLOBAL general_log = OFF')
    databases = _connections(service)
    rows = execute('SELECT thread_id, argument FROM mysql.general_log '
                   "WHERE command_type = 'Query' ORDER BY event_time")
    execute("TRUNCATE mysql.general_log; SET GLOBAL log_output = 'FILE'")
    return [Statement(databases[thread], text) for thread, text in rows
            if thread in databases and text.upper().startswith('SELECT') and text != _PING]


def _connections(service: Service) -> dict[str, str]:
    """The databases of the connections of a service's processes, by MariaDB's ids of these."""
    master = service.pid()
    workers = pathlib.Path(f'/proc/{master}/task/{master}/children').read_text().split()
    listed = subprocess.run(
        ['ss', '-tnpH', 'dport', '=', f':{settings.MYSQL_PORT}'],
        capture_output=True, text=True, timeout=120, check=True).stdout
    ports = {fields[3] for fields in map(str.split, listed.splitlines())
             if set(re.findall(r'pid=(\d+)', fields[-1])) & {str(master), *workers}}
    return {connection: database for connection, client, database in execute(
        'SELECT id, host, db FROM information_schema.processlist') if client in ports}
