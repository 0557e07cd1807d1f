# SPDX-License-Identifier: Apache-2.0
"""What a list of hypervisors was asked for: which of them, by host, place, state and status."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from nova_ext.api.views import hypervisors as view
from nova_ext.db.record import Record
from nova_ext.hosts import places
from nova_ext.hosts.health import Health, HealthCheck

Condition = Callable[[Record], bool]


class HypervisorFilter:
    """Filters, of which each has to be met. One is made for each request."""

    def __init__(
            self, health: HealthCheck,
            asked: Mapping[str, Collection[str]] | None = None) -> None:
        """Take what was asked for.

        :param health: judges the hosts
        :param asked: any of ``host``, ``aggregate``, ``availability_zone``, ``state`` and
            ``status``, each with all its values
        """
        self._asked = asked or {}
        self._health = health
        self._conditions: list[Condition] | None = None
        #: The names of the hosts, which the databases of the cells compare; None: any.
        self.hosts: Collection[str] | None = self._asked.get('host')

    @property
    def is_for_databases(self) -> bool:
        """Whether the databases of the cells can judge all of it."""
        return not self._asked.keys() - {'host'}

    def prepare(self, context: Any) -> None:
        """Read the places that are asked for. One statement for each kind, the first time.

        :param context: nova.context.RequestContext
        :raises nova_ext.exception.AggregateNotFound: there is none of that id, UUID or name
        """
        if self._conditions is None:
            self._conditions = list(self._make(context))

    def matches(self, node: Record) -> bool:
        """Whether a hypervisor is asked for, as far as the database of its cell has not judged.

        Call :meth:`prepare` first.
        """
        return bool(node.is_on_host) and all(
            condition(node) for condition in self._conditions or ())

    def _make(self, context: Any) -> Iterator[Condition]:
        for name, find in (
                ('aggregate', places.in_aggregates), ('availability_zone', places.in_zones)):
            if name in self._asked:
                yield _of_host(find(context, self._asked[name]))
        if 'state' in self._asked:
            yield lambda node: self._state(node) in self._asked['state']
        if 'status' in self._asked:
            yield lambda node: view.status(node) in self._asked['status']

    def _state(self, node: Record) -> str:
        """As Nova's controller judges it."""
        return 'up' if self._health.check(node.service) is Health.UP else 'down'


def _of_host(condition: places.Condition) -> Condition:
    """The same condition of the hypervisor's host."""
    return lambda node: condition(node.host_key)
