# SPDX-License-Identifier: Apache-2.0
"""A cell's hypervisors (compute nodes), each with its host's service record."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import sqlalchemy as sa
from nova import objects
from nova.db.main import models
from oslo_log import log as logging
from oslo_serialization import jsonutils
from oslo_utils import uuidutils
from sqlalchemy import orm

from nova_ext.db import names, services, session
from nova_ext.db.record import Record

LOG = logging.getLogger(__name__)

NODE = models.ComputeNode.__table__

#: What Nova shows of a hypervisor at any microversion.
_COLUMNS = (
    'id', 'uuid', 'host', 'hypervisor_hostname', 'hypervisor_type', 'hypervisor_version',
    'host_ip', 'vcpus', 'memory_mb', 'local_gb', 'vcpus_used', 'memory_mb_used',
    'local_gb_used', 'free_ram_mb', 'free_disk_gb', 'current_workload', 'running_vms',
    'disk_available_least', 'cpu_info', 'stats')


class Page(NamedTuple):
    """Some hypervisors of a cell, in the order of their ids."""

    #: From the first on; left out when they are behind a UUID, which no other cell has.
    first: list[Record]
    #: From the marker on, without it; None: the marker is not in this cell.
    behind: list[Record] | None = None


def get_page(
        context: Any, limit: int | None, marker: str | None = None,
        hosts: Collection[str] | None = None) -> Page:
    """A cell's first hypervisors, or the first behind the marker if the cell has it.

    One statement, or two with a marker.

    :param context: nova.context.RequestContext, targeted at the cell
    :param limit: at most so many; None: all
    :param marker: a UUID or an id, which need not be of one of the hosts
    :param hosts: only hypervisors of these; None: of any
    :returns: each with its host's service record, or None, in ``service``, its host's key of
        :func:`nova_ext.db.names.key` in ``host_key``, and its cell's UUID in ``cell``
    """
    query = _select()
    if hosts is not None:
        query = query.where(NODE.c.host.in_(hosts))
    with session.of_cell(context) as cell:
        place = None if marker is None else cell.execute(sa.select(NODE.c.id).where(
            _is_named(marker), NODE.c.deleted == 0)).scalar()
        if place is None:
            return Page(_fetch(context, cell, query.limit(limit)))
        if uuidutils.is_uuid_like(marker):
            return Page(
                [], _fetch(context, cell, query.where(NODE.c.id > place).limit(limit)))
        # An earlier cell may have that id too, and the page may go on here from the start.
        every = _fetch(context, cell, query)
        return Page(every, [node for node in every if node.id > place])


def get_matching(
        context: Any, pattern: str, hosts: Collection[str] | None = None) -> list[Record]:
    """A cell's hypervisors with ``pattern`` in their host names. One statement.

    :param hosts: tell in ``is_on_host`` whether a hypervisor is of one of these
    """
    query = _select().where(NODE.c.hypervisor_hostname.like(f'%{pattern}%'))
    if hosts is not None:
        query = query.add_columns(NODE.c.host.in_(hosts).label('is_on_host'))
    with session.of_cell(context) as cell:
        return _fetch(context, cell, query)


def get(context: Any, hypervisor_id: str) -> Record | None:
    """The hypervisor with that UUID or id, when the cell has it. One statement."""
    with session.of_cell(context) as cell:
        found = _fetch(context, cell, _select().where(_is_named(hypervisor_id)))
    return found[0] if found else None


def _is_named(hypervisor_id: str) -> Any:
    """The condition that a compute node is the one that a UUID or an id names."""
    column = NODE.c.uuid if uuidutils.is_uuid_like(hypervisor_id) else NODE.c.id
    return column == hypervisor_id


def _select() -> Any:
    """All hypervisors with what is known of their hosts' services."""
    return sa.select(
        *(NODE.c[name] for name in _COLUMNS),
        names.key(NODE.c.host).label('host_key'), *services.columns(),
    ).select_from(
        NODE.outerjoin(services.SERVICE, services.on_host(NODE.c.host)),
    ).where(NODE.c.deleted == 0).order_by(NODE.c.id)


def _fetch(context: Any, cell: orm.Session, query: Any) -> list[Record]:
    return [_record(row._mapping, context.cell_uuid) for row in cell.execute(query)]


def _record(row: Any, cell_uuid: str) -> Record:
    """One row with the types that Nova's ComputeNode would give it."""
    node = Record((name, row[name]) for name in _COLUMNS)
    host_ip = objects.ComputeNode.fields['host_ip']
    node['host_ip'] = host_ip.coerce(node, 'host_ip', node.host_ip)
    _decode_stats(node)
    node.update(
        host_key=row['host_key'], service=services.record(row), cell=cell_uuid,
        is_on_host=bool(row.get('is_on_host', True)))
    return node


def _decode_stats(node: Record) -> None:
    """Read a record's stats; those that cannot be are left out, for the sake of the others."""
    try:
        if node.stats:
            stats = jsonutils.loads(node.stats)
            if not isinstance(stats, dict):
                raise ValueError(f'a {type(stats).__name__} is no object')
            node['stats'] = stats
            return
    except ValueError as error:
        LOG.warning('Failed to read the stats of the compute node record %s (%s): %s',
                    node.uuid, node.hypervisor_hostname, error)
    del node['stats']
