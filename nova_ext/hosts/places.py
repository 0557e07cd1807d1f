# SPDX-License-Identifier: Apache-2.0
"""Which hosts are in an aggregate or in an availability zone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from nova import conf as nova_conf

from nova_ext import exception
from nova_ext.db import aggregates

#: Takes a host's key of :func:`nova_ext.db.names.key`.
Condition = Callable[[str], bool]

#: The metadata that makes an availability zone of an aggregate.
_ZONE = 'availability_zone'


def in_aggregates(context: Any, asked: Collection[str]) -> Condition:
    """Whether a host is in any of some aggregates. One statement.

    :param context: nova.context.RequestContext
    :param asked: the id, the UUID or else the name of each
    :raises nova_ext.exception.AggregateNotFound: there is none of that id, UUID or name
    """
    distinct = list(dict.fromkeys(asked))
    found: set[str] = set()
    for text, hosts in zip(distinct, aggregates.get_hosts(context, distinct)):
        if hosts is None:
            raise exception.AggregateNotFound(text)
        found |= hosts
    return found.__contains__


def in_zones(context: Any, asked: Collection[str]) -> Condition:
    """Whether a host is in any of some availability zones. One statement.

    A host is in the zone of its aggregate or, without one, in Nova's
    ``[DEFAULT] default_availability_zone``.

    :param context: nova.context.RequestContext
    """
    zones: dict[str, set[str]] = {}
    for value in aggregates.get_values(context, _ZONE):
        zones.setdefault(value.host_key, set()).add(value.value)
    default = {nova_conf.CONF.default_availability_zone}
    return lambda host: not zones.get(host, default).isdisjoint(asked)
