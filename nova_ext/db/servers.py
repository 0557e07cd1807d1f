# SPDX-License-Identifier: Apache-2.0
"""Which servers are on which compute hosts of a cell."""

from __future__ import annotations

import collections
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from nova import conf as nova_conf
from nova.db.main import models

from nova_ext.db import services, session
from nova_ext.db.record import Record

INSTANCE = models.Instance.__table__


def get_by_host(context: Any, hosts: Collection[str]) -> dict[str, list[Record]]:
    """The ``uuid`` and ``name`` of the servers on each host, oldest first. One statement.

    :param context: nova.context.RequestContext, targeted at the cell
    """
    template = nova_conf.CONF.instance_name_template
    by_id = _is_by_id(template)
    columns = (INSTANCE.c.id, INSTANCE.c.uuid, INSTANCE.c.host) if by_id else INSTANCE.c
    query = sa.select(*columns).where(
        INSTANCE.c.deleted == 0, INSTANCE.c.host.in_(sorted(hosts))).order_by(INSTANCE.c.id)
    found: dict[str, list[Record]] = collections.defaultdict(list)
    with session.of_cell(context) as cell:
        for row in cell.execute(query):
            name = template % row.id if by_id else _named_otherwise(template, row._mapping)
            found[row.host].append(Record(uuid=row.uuid, name=name))
    return found


def get_hosts_without_service(context: Any) -> set[str]:
    """Hosts that servers are on but that have no service record. One statement."""
    used = sa.select(INSTANCE.c.host).distinct().where(
        INSTANCE.c.deleted == 0, INSTANCE.c.host.is_not(None)).subquery()
    recorded = sa.select(services.SERVICE.c.host).where(
        services.SERVICE.c.binary == services.BINARY, services.SERVICE.c.deleted == 0)
    query = sa.select(used.c.host).where(used.c.host.not_in(recorded))
    with session.of_cell(context) as cell:
        return set(cell.execute(query).scalars())


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
