# SPDX-License-Identifier: Apache-2.0
"""Host aggregates, in the API database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Optional

import sqlalchemy as sa
from nova.db.api import models
from oslo_utils import uuidutils

from nova_ext.db import ids, names, session

AGGREGATE = models.Aggregate.__table__
HOST = models.AggregateHost.__table__
METADATA = models.AggregateMetadata.__table__


class Value(NamedTuple):
    """What the metadata of an aggregate says about one of its hosts."""

    #: The host's key of :func:`nova_ext.db.names.key`.
    host_key: str
    aggregate_id: int
    value: str
    #: The value of the other key that was asked for, if the aggregate has it.
    beside: Optional[str] = None


def get_values(context: Any, key: str, beside: Optional[str] = None) -> list[Value]:
    """The values of a metadata key with the hosts that they are about. One statement.

    :param context: nova.context.RequestContext
    :param beside: another key, whose value is wanted too where there is one
    :returns: in the order of the aggregates' ids
    """
    other = METADATA.alias('other')
    query = sa.select(
        names.key(HOST.c.host).label('host_key'), METADATA.c.aggregate_id, METADATA.c.value,
        other.c.value.label('beside'),
    ).select_from(
        HOST.join(METADATA, METADATA.c.aggregate_id == HOST.c.aggregate_id).outerjoin(
            other, sa.and_(other.c.aggregate_id == HOST.c.aggregate_id, other.c.key == beside)),
    ).where(METADATA.c.key == key).order_by(METADATA.c.aggregate_id)
    with session.of_api(context) as api:
        return [Value(row.host_key, row.aggregate_id, row.value, row.beside)
                for row in api.execute(query)]


def get_hosts(context: Any, asked: Sequence[str]) -> list[Optional[frozenset[str]]]:
    """The hosts of each of some aggregates. One statement.

    :param context: nova.context.RequestContext
    :param asked: the id, the UUID or else the name of each, which is compared by the database
    :returns: for each, the hosts' keys of :func:`nova_ext.db.names.key`; None: there is none
    """
    numbers = [ids.parse(text) for text in asked]
    uuids = [_uuid(text) for text in asked]
    query = sa.select(
        AGGREGATE.c.id, AGGREGATE.c.uuid, names.key(HOST.c.host).label('host_key'),
        *((AGGREGATE.c.name == text).label(_named(number)) for number, text in enumerate(asked)),
    ).select_from(
        AGGREGATE.outerjoin(HOST, HOST.c.aggregate_id == AGGREGATE.c.id),
    ).where(sa.or_(
        AGGREGATE.c.id.in_([one for one in numbers if one is not None]),
        AGGREGATE.c.uuid.in_([one for one in uuids if one is not None]),
        AGGREGATE.c.name.in_(asked)))
    with session.of_api(context) as api:
        rows = [row._mapping for row in api.execute(query)]

    def find(number: int) -> Iterator[list[Any]]:
        yield [row for row in rows if row['id'] == numbers[number]]
        yield [row for row in rows if uuids[number] and row['uuid'] == uuids[number]]
        yield [row for row in rows if row[_named(number)]]

    found = (next(filter(None, find(number)), None) for number in range(len(asked)))
    return [
        None if of_one is None else frozenset(
            row['host_key'] for row in of_one if row['host_key'] is not None)
        for of_one in found]


def _named(number: int) -> str:
    """The column that tells whether an aggregate has the name that was asked for."""
    return f'named_{number}'


def _uuid(text: str) -> Optional[str]:
    """An aggregate's UUID as it is stored; None: it cannot be one."""
    return str(uuid.UUID(text)) if uuidutils.is_uuid_like(text) else None
