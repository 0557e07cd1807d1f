# SPDX-License-Identifier: Apache-2.0
"""Lists of servers by their hosts, where the database of each cell finds the hosts.

Nova reads a list of servers from all cells with one filter. A list of host names would mean the
same hosts in every cell, and would be compared by whoever made it. Service records are of one
cell each, so that a filter by them means the right hosts everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from nova_ext.db import services
from nova_ext.db.record import Record
from nova_ext.db.servers import INSTANCE

SERVICE = services.SERVICE

#: What no host can be called.
_NO_HOST = '/'


class Hosts(list[str]):
    """A value for the filter ``host`` of Nova's lists of servers.

    Nova takes a list and passes it to SQLAlchemy's ``in_()``, which takes a query, too.
    """

    def __init__(self, query: Any) -> None:
        """Take the hosts.

        :param query: SQL that selects their names
        """
        super().__init__([_NO_HOST])  # an empty list would mean that nothing needs to be read
        self._query = query

    def __clause_element__(self) -> Any:
        """What stands behind IN."""
        return self._query

    def __deepcopy__(self, memo: dict[int, Any]) -> Hosts:
        """The same: Nova copies filters."""
        return self


def with_services(records: Collection[Record], filters: Mapping[str, Any]) -> Hosts:
    """The hosts of some service records.

    :param filters: what else the servers have to meet, under Nova's names
    """
    query = sa.select(SERVICE.c.host).where(services.LIVE, services.is_one_of(records))
    return Hosts(_narrow(query, SERVICE.c.host, filters))


def without_services(records: Collection[Record], filters: Mapping[str, Any]) -> Hosts:
    """All hosts that servers are on, but those of some service records.

    :param filters: what else the servers have to meet, under Nova's names
    """
    # Distinct in a query of its own: there are many servers on a host.
    used = sa.select(INSTANCE.c.host).where(
        INSTANCE.c.deleted == 0, INSTANCE.c.host != '').distinct().subquery('used')
    query = sa.select(used.c.host).select_from(
        used.outerjoin(SERVICE, services.on_host(used.c.host)),
    ).where(sa.or_(SERVICE.c.id.is_(None), sa.not_(services.is_one_of(records))))
    return Hosts(_narrow(query, used.c.host, filters))


def _narrow(query: Any, host: Any, filters: Mapping[str, Any]) -> Any:
    """No other hosts than the filters allow, and none for servers that are deleted.

    :param host: the column with the hosts' names
    """
    if 'host' in filters:
        query = query.where(host == filters['host'])
    if filters.get('deleted', True):
        query = query.where(INSTANCE.c.deleted == 0).correlate(INSTANCE)
    return query
