# SPDX-License-Identifier: Apache-2.0
"""How servers' hosts are, in one word each."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Optional

from nova import objects

from nova_ext.db import cells, servers, services
from nova_ext.db.record import Record
from nova_ext.hosts import maintenance
from nova_ext.hosts.health import Health, HealthCheck
from nova_ext.hosts.reason import Reason


class HostStatus(str, enum.Enum):
    """The words of the specification ``get-valid-server-state``."""

    #: nova-compute is enabled and reports.
    UP = 'UP'
    #: An operator, or what fences hosts, has forced it down.
    DOWN = 'DOWN'
    #: nova-compute does not report, has no record, or its cell does not answer.
    UNKNOWN = 'UNKNOWN'
    #: nova-compute is disabled, whether or not it reports.
    MAINTENANCE = 'MAINTENANCE'
    #: As UP, and maintenance is announced. From nova-ext 1.1.
    NEEDS_MAINTENANCE = 'NEEDS_MAINTENANCE'


class HostState(NamedTuple):
    """How one host is."""

    status: HostStatus
    #: The maintenance that is announced for it, where that was asked for.
    window: Optional[maintenance.Window] = None
    #: The service record that says so, if there is one.
    service: Optional[Record] = None


#: A host of which nothing is known.
UNKNOWN = HostState(HostStatus.UNKNOWN)


#: The UUID of a cell and the id of a service record there; each cell may have a host of a name.
ServiceKey = tuple[str, int]


@dataclasses.dataclass(frozen=True)
class Services:
    """The service records of all compute hosts, and how each host is."""

    #: Those of the cells that answered.
    records: dict[ServiceKey, Record]
    states: dict[ServiceKey, HostState]
    #: The maintenance that is announced, by the host's key of :func:`nova_ext.db.names.key`.
    windows: Mapping[str, maintenance.Window]
    #: nova.objects.CellMapping of each cell that did not answer.
    down: list[Any]

    def with_status(self, statuses: Collection[HostStatus]) -> list[Record]:
        """The records of the hosts with one of some statuses."""
        return [self.records[key] for key, state in self.states.items()
                if state.status in statuses]


@dataclasses.dataclass(frozen=True)
class Servers:
    """How the hosts of some servers are."""

    #: By the server's UUID; without those that are on no host, or in a cell that did not answer.
    states: dict[str, HostState] = dataclasses.field(default_factory=dict)
    #: nova.objects.CellMapping of each cell that did not answer.
    down: list[Any] = dataclasses.field(default_factory=list)


class HostStates:
    """Reads how hosts are, as their service records say it now; nothing is kept."""

    def __init__(self, all_cells: cells.Cells) -> None:
        self._cells = all_cells
        self._health = HealthCheck()

    def of_server(self, context: Any, server: str, *, announced: bool) -> Optional[HostState]:
        """How the host of one server is. One statement, or two with announcements.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :param server: its UUID
        :param announced: whether to tell NEEDS_MAINTENANCE from UP
        :returns: None: it is on no host
        """
        if context.cell_uuid == objects.CellMapping.CELL0_UUID:
            return None
        found = servers.get_services(context, [server])
        if not found:
            return None
        windows = maintenance.get_windows(context) if announced else {}
        return self._judge(found[0].service, windows.get(found[0].host_key))

    def of_servers(
            self, context: Any, uuids: Collection[str], *, announced: bool,
            known: Optional[Services] = None) -> Servers:
        """How the hosts of some servers are. One statement per cell, and one for announcements.

        :param context: nova.context.RequestContext
        :param uuids: the servers'
        :param announced: whether to tell NEEDS_MAINTENANCE from UP
        :param known: what was read before; a host is as it says
        """
        if not uuids:
            return Servers()
        answers = self._cells.ask(context, lambda cell: servers.get_services(cell, uuids))
        if known is None:
            windows = maintenance.get_windows(context) if announced else {}
            known = Services({}, {}, windows, [])
        found = [(cell, server) for cell, of_cell in answers.values.items() for server in of_cell]
        # While a server moves to another cell, it is in both and hidden in one.
        found.sort(key=lambda place: bool(place[1].hidden), reverse=True)
        return Servers(
            {server.uuid: self._look_up(known, cell, server) for cell, server in found},
            answers.down)

    def of_services(self, context: Any) -> Services:
        """How all hosts with service records are. One statement per cell, one for announcements.

        :param context: nova.context.RequestContext
        """
        answers = self._cells.ask(context, services.get_all)
        windows = maintenance.get_windows(context)
        records = {(cell, record.id): record for cell, of_cell in answers.values.items()
                   for record in of_cell}
        states = {key: self._judge(record, windows.get(record.host_key))
                  for key, record in records.items()}
        return Services(records, states, windows, answers.down)

    def explain(self, state: HostState) -> Optional[Reason]:
        """What the status of a host was judged by. No statement.

        :returns: None: nothing was read of the host
        """
        service = state.service
        if service is None:
            return None
        seen = self._health.last_seen_up(service)
        # When a host was disabled or forced down is nowhere to be read. A clock may be ahead.
        unheard = state.status is HostStatus.UNKNOWN and seen is not None and (
            seen <= datetime.datetime.now(datetime.timezone.utc))
        return Reason(
            disabled=bool(service.disabled), disabled_reason=service.disabled_reason,
            forced_down=bool(service.forced_down), silent=self._is_silent(state.status, service),
            last_seen_up=seen, since=seen if unheard else None)

    def _is_silent(self, status: HostStatus, service: Record) -> bool:
        """Whether a host does not report; its heartbeat is looked for where no status tells."""
        if status in (HostStatus.DOWN, HostStatus.MAINTENANCE):
            return self._health.is_silent(service)
        return status is HostStatus.UNKNOWN

    def _look_up(self, known: Services, cell: str, server: Record) -> HostState:
        """How a server's host is, if possible as it is known."""
        if server.service and (cell, server.service.id) in known.states:
            return known.states[cell, server.service.id]
        return self._judge(server.service, known.windows.get(server.host_key))

    def _judge(
            self, service: Optional[Record], window: Optional[maintenance.Window]) -> HostState:
        """How a host is.

        :param service: its service record, if it has one
        :param window: the maintenance that is announced for it
        """
        return HostState(self._status(service, window is not None), window, service)

    def _status(self, service: Optional[Record], announced: bool) -> HostStatus:
        """One host's status, by Nova's precedence.

        Forced down says more than disabled, and disabled more than silent.
        """
        health = self._health.check(service)
        if health is Health.FORCED_DOWN:
            return HostStatus.DOWN
        if service is not None and service.disabled:
            return HostStatus.MAINTENANCE
        if health is not Health.UP:
            return HostStatus.UNKNOWN
        return HostStatus.NEEDS_MAINTENANCE if announced else HostStatus.UP
