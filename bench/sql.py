# SPDX-License-Identifier: Apache-2.0
"""The SQL of a request without anything around it: no faster can any answer be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy

from sandbox import settings
from sandbox.client import sql
from sandbox.processes import Service


class ByHand:
    """The SELECT statements of a request, executed one after the other and their rows fetched."""

    def __init__(self, service: Service, send_request: Callable[[], Any]) -> None:
        """Send the request once, to see what it executes."""
        self.statements = sql.selects(service, send_request)
        self._connections = {
            database: sqlalchemy.create_engine(settings.database_url(database)).raw_connection()
            for database in {statement.database for statement in self.statements}}

    def __call__(self) -> None:
        """Execute them."""
        for database, text in self.statements:
            cursor = self._connections[database].cursor()
            cursor.execute(text)
            cursor.fetchall()
            cursor.close()
        for connection in self._connections.values():
            connection.rollback()  # the next time, not the same snapshot
