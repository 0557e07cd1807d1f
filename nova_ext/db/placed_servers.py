# SPDX-License-Identifier: Apache-2.0
"""Pages of the servers of a cell that are on a host, each with its host's service record."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any, Optional

import sqlalchemy as sa

from nova_ext.db import names, services, session
from nova_ext.db.record import Record
from nova_ext.db.servers import INSTANCE

SERVICE = services.SERVICE


@dataclasses.dataclass(frozen=True)
class Wanted:
    """Which servers; None: any."""

    hosts: Optional[Collection[str]] = None
    #: The hypervisor's name, where a host has many hypervisors.
    node: Optional[str] = None
    projects: Optional[Collection[str]] = None
    #: Those on hosts with these service records.
    services: Optional[Collection[Record]] = None
    #: Those on hosts with other service records than these, or with none.
    other_services: Optional[Collection[Record]] = None


def get_page(
        context: Any, wanted: Wanted, limit: int, marker: Optional[str] = None) -> list[Record]:
    """The first servers of a cell, in the order of their UUIDs. One statement.

    A server that moves to another cell is in the one where it is not hidden.

    :param context: nova.context.RequestContext, targeted at the cell
    :param limit: at most so many
    :param marker: only those behind this UUID
    :returns: each with ``uuid``, ``name``, ``project_id``, ``host``, ``host_key`` (see
        :func:`nova_ext.db.names.key`), ``service`` (None: no record) and the UUID of the ``cell``
    """
    query = sa.select(
        INSTANCE.c.uuid, INSTANCE.c.display_name, INSTANCE.c.project_id, INSTANCE.c.host,
        names.key(INSTANCE.c.host).label('host_key'), *services.columns(),
    ).select_from(
        INSTANCE.outerjoin(SERVICE, services.on_host(INSTANCE.c.host)),
    ).where(
        INSTANCE.c.deleted == 0, INSTANCE.c.host != '', sa.not_(sa.func.coalesce(
            INSTANCE.c.hidden, sa.false())), *_conditions(wanted),
    ).order_by(INSTANCE.c.uuid).limit(limit)
    if marker is not None:
        query = query.where(INSTANCE.c.uuid > marker)
    with session.of_cell(context) as cell:
        return [Record(
            uuid=row.uuid, name=row.display_name or '', project_id=row.project_id, host=row.host,
            host_key=row.host_key, service=services.record(row._mapping),
            cell=context.cell_uuid) for row in cell.execute(query)]


def _conditions(wanted: Wanted) -> list[Any]:
    conditions = [
        column.in_(sorted(values)) for column, values in (
            (INSTANCE.c.host, wanted.hosts), (INSTANCE.c.project_id, wanted.projects))
        if values is not None]
    if wanted.node is not None:
        conditions.append(INSTANCE.c.node == wanted.node)
    if wanted.services is not None:
        conditions.append(sa.and_(
            SERVICE.c.id.is_not(None), services.is_one_of(wanted.services)))
    if wanted.other_services is not None:
        conditions.append(sa.or_(
            SERVICE.c.id.is_(None), sa.not_(services.is_one_of(wanted.other_services))))
    return conditions
