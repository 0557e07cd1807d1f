# SPDX-License-Identifier: Apache-2.0
"""Servers of a cell and the compute hosts that they are on."""

from __future__ import annotations

import collections
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from nova import conf as nova_conf
from nova.db.main import models

from nova_ext.db import names, services, session
from nova_ext.db.record import Record

INSTANCE = models.Instance.__table__


def get_by_host(context: Any, hosts: Collection[str]) -> dict[str, list[Record]]:
    """The ``uuid``, ``name`` and ``node`` of the servers on each host, oldest first.

    One statement.

    :param context: nova.context.RequestContext, targeted at the cell
    :returns: by the host's key of :func:`nova_ext.db.names.key`
    """
    template = nova_conf.CONF.instance_name_template
    by_id = _is_by_id(template)
    columns = (INSTANCE.c.id, INSTANCE.c.uuid, INSTANCE.c.node) if by_id else INSTANCE.c
    query = sa.select(*columns, names.key(INSTANCE.c.host).label('host_key')).where(
        INSTANCE.c.deleted == 0, INSTANCE.c.host.in_(sorted(hosts))).order_by(INSTANCE.c.id)
    found: dict[str, list[Record]] = collections.defaultdict(list)
    with session.of_cell(context) as cell:
        for row in cell.execute(query):
            name = template % row.id if by_id else _named_otherwise(template, row._mapping)
            found[row.host_key].append(Record(uuid=row.uuid, name=name, node=row.node))
    return found


def get_services(context: Any, servers: Collection[str]) -> list[Record]:
    """Those of some servers that are on a host, with its service record. One statement.

    :param context: nova.context.RequestContext, targeted at the cell
    :param servers: their UUIDs
    :returns: each with ``uuid``, ``hidden`` (a copy of a server that moves between cells),
        ``host_key`` (see :func:`nova_ext.db.names.key`) and ``service`` (None: no record)
    """
    query = sa.select(
        INSTANCE.c.uuid, INSTANCE.c.hidden, names.key(INSTANCE.c.host).label('host_key'),
        *services.columns(),
    ).select_from(
        INSTANCE.outerjoin(services.SERVICE, services.on_host(INSTANCE.c.host)),
    ).where(
        INSTANCE.c.uuid.in_(servers), INSTANCE.c.deleted == 0, INSTANCE.c.host != '')
    with session.of_cell(context) as cell:
        return [Record(
            uuid=row.uuid, hidden=bool(row.hidden), host_key=row.host_key,
            service=services.record(row._mapping)) for row in cell.execute(query)]


def _is_by_id(template: str) -> bool:
    """Whether ``[DEFAULT] instance_name_template`` is made for the id, as the default is."""
    try:
        template % 1
    except TypeError:
        return False
    return True


def _named_otherwise(template: str, row: Any) -> str:
    """A server's name by a template such as ``%(uuid)s``."""
    try:
        return template % dict(row)
    except KeyError:  # what Nova does with a field that it does not know
        uuid: str = row['uuid']
        return uuid
