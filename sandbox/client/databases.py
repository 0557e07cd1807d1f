# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: S608 - no name or expression in a statement comes from outside
"""Statements in Nova's databases that multiply rows, for :mod:`sandbox.client.filled`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy

from sandbox import settings

API, CELL = 'nova_api', 'nova_cell1'
CELLS = ('nova_cell0', CELL)

#: Every UUID of an invented row begins so.
UUID_PREFIX = 'f111ed00-'


def invented_uuid(digest: str) -> str:
    """The expression for the UUID of an invented row.

    :param digest: an expression for 32 hexadecimal digits that no other row has
    """
    return (f"CONCAT('{UUID_PREFIX}', SUBSTR({digest}, 1, 4), '-4', SUBSTR({digest}, 5, 3), '-8', "
            f"SUBSTR({digest}, 8, 3), '-', SUBSTR({digest}, 11, 12))")


class Databases:
    """Nova's databases in the running cloud."""

    def __init__(self) -> None:
        """Prepare to connect."""
        self._engine = sqlalchemy.create_engine(
            settings.database_url(CELL), isolation_level='READ COMMITTED', pool_pre_ping=True)

    def run(self, statement: str, database: str = CELL, **values: Any) -> None:
        """Execute one statement in one of the databases and commit it."""
        with self._engine.begin() as connection:
            connection.execute(sqlalchemy.text(f'USE {database}'))
            connection.execute(sqlalchemy.text(statement), values)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Everything that a query finds."""
        with self._engine.connect() as connection:
            return list(connection.execute(sqlalchemy.text(query), values))

    def tables_with(self, column: str, database: str) -> set[str]:
        """The tables that have such a column, without those of archived rows."""
        found = self.rows(
            'SELECT table_name FROM information_schema.columns WHERE table_schema = :database '
            'AND column_name = :column', database=database, column=column)
        return {table for table, in found if not table.startswith('shadow_')}

    def multiply(
            self, database: str, table: str, where: str, original: str, count: int,
            changes: Mapping[str, str]) -> None:
        """Insert ``count`` copies of the rows that ``where`` finds, with one statement.

        :param original: the name or UUID in ``where``; it is replaced in texts, too
        :param changes: expressions by column, in which ``seq`` is the number of the copy
        """
        columns = self.rows(
            'SELECT column_name, data_type FROM information_schema.columns WHERE '
            'table_schema = :database AND table_name = :table AND extra = "" '
            'ORDER BY ordinal_position', database=database, table=table)
        replacement = changes.get('uuid') or changes.get('instance_uuid') or changes['host']
        values = []
        for column, kind in columns:
            if column in changes:
                values.append(changes[column])
            elif column == 'uuid':
                own = f"MD5(CONCAT('{table}', t.id, '-', seq))"
                values.append(f'IF(t.uuid IS NULL, NULL, {invented_uuid(own)})')
            elif kind.endswith('text'):
                values.append(f'REPLACE(t.`{column}`, :original, {replacement})')
            else:
                values.append(f't.`{column}`')
        names = ', '.join(f'`{column}`' for column, _ in columns)
        self.run(f'INSERT INTO {table} ({names}) SELECT {", ".join(values)} '
                 f'FROM {table} t JOIN seq_0_to_{count - 1} WHERE {where}',
                 database, original=original)

    def forget_server(self, uuid: str) -> None:
        """Remove all that the databases know of a deleted server."""
        for database in CELLS:
            self.run('DELETE FROM instance_actions_events WHERE action_id IN '
                     '(SELECT id FROM instance_actions WHERE instance_uuid = :uuid)', database,
                     uuid=uuid)
            self.run('DELETE FROM instance_id_mappings WHERE uuid = :uuid', database, uuid=uuid)
        for database in (API, *CELLS):
            for table in sorted(self.tables_with('instance_uuid', database)):
                self.run(f'DELETE FROM {table} WHERE instance_uuid = :uuid', database, uuid=uuid)
        for database in CELLS:
            self.run('DELETE FROM instances WHERE uuid = :uuid', database, uuid=uuid)

    def analyze(self, database: str, tables: Iterable[str]) -> None:
        """Let the database plan with what is in some tables now, those of them that it has."""
        known = self.tables_with('created_at', database)
        self.run(f'ANALYZE TABLE {", ".join(t for t in tables if t in known)}', database)
