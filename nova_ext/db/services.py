# SPDX-License-Identifier: Apache-2.0
"""The service records of compute hosts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from nova.db.main import models

from nova_ext.db import session
from nova_ext.db.record import Record

#: As Nova calls the service that a compute host runs.
BINARY = 'nova-compute'

SERVICE = models.Service.__table__

#: What tells how a host is; the topic is for servicegroup's memcache driver.
COLUMNS = ('host', 'binary', 'topic', 'disabled', 'disabled_reason', 'forced_down',
           'last_seen_up', 'created_at')


def get_all(context: Any, hosts: Collection[str] | None = None) -> dict[str, Record]:
    """The service records of a cell's compute hosts, by host. One statement.

    :param context: nova.context.RequestContext, targeted at the cell
    :param hosts: only these; None: all
    """
    query = sa.select(*(SERVICE.c[name] for name in COLUMNS)).where(
        SERVICE.c.binary == BINARY, SERVICE.c.deleted == 0)
    if hosts is not None:
        query = query.where(SERVICE.c.host.in_(sorted(hosts)))
    with session.of_cell(context) as cell:
        return {row.host: Record(row._mapping) for row in cell.execute(query)}
