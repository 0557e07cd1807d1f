# SPDX-License-Identifier: Apache-2.0
"""The service records of compute hosts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from nova.db.main import models

from nova_ext.db import names, session
from nova_ext.db.record import Record

#: As Nova calls the service that a compute host runs.
BINARY = 'nova-compute'

SERVICE = models.Service.__table__

#: What tells how a host is; the topic is for servicegroup's memcache driver.
_COLUMNS = ('id', 'uuid', 'host', 'binary', 'topic', 'disabled', 'disabled_reason',
            'forced_down', 'last_seen_up', 'created_at')

#: Before the names of a service record's columns.
_PREFIX = 'service_'

#: SQL for: the record is that of a compute host and not deleted.
LIVE = sa.and_(SERVICE.c.binary == BINARY, SERVICE.c.deleted == 0)


def get_all(context: Any) -> list[Record]:
    """The service records of a cell's compute hosts. One statement.

    :param context: nova.context.RequestContext, targeted at the cell
    :returns: each with its host's key of :func:`nova_ext.db.names.key` in ``host_key``
    """
    with session.of_cell(context) as cell:
        return [_record(row._mapping) for row in cell.execute(sa.select(*columns()).where(LIVE))]


def columns() -> list[Any]:
    """SQL for the columns of a service record, when other columns may stand beside them."""
    named = {**{name: SERVICE.c[name] for name in _COLUMNS}, 'host_key': names.key(SERVICE.c.host)}
    return [column.label(_PREFIX + name) for name, column in named.items()]


def record(row: Any) -> Record | None:
    """The service record in a row of an outer join, or None if there is none."""
    return None if row[f'{_PREFIX}id'] is None else _record(row)


def _record(row: Any) -> Record:
    return Record((name, row[_PREFIX + name]) for name in (*_COLUMNS, 'host_key'))


def on_host(host: Any) -> Any:
    """SQL for: the service record is that of a compute host.

    :param host: the column with the host's name
    """
    return sa.and_(SERVICE.c.host == host, LIVE)


def is_one_of(records: Collection[Record]) -> Any:
    """SQL for: the service record is one of these, which may be of several cells."""
    condition = sa.and_(
        SERVICE.c.uuid.is_not(None),
        SERVICE.c.uuid.in_([known.uuid for known in records if known.uuid is not None]))
    # Only a record that was made by hand has no UUID.
    without_uuid = [known.id for known in records if known.uuid is None]
    if without_uuid:
        condition = sa.or_(
            condition, sa.and_(SERVICE.c.uuid.is_(None), SERVICE.c.id.in_(without_uuid)))
    return condition
