# SPDX-License-Identifier: Apache-2.0
"""How servers' hosts are, in one word each."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Optional

from nova import servicegroup

from nova_ext import maintenance
from nova_ext.db import cells, servers, services


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


#: A host of which nothing is known.
UNKNOWN = HostState(HostStatus.UNKNOWN)


class HostStates:
    """Reads how hosts are, as their service records say it now; nothing is kept."""

    def __init__(self, all_cells: cells.Cells) -> None:
        self._cells = all_cells
        self._servicegroup = servicegroup.API()

    def of_one(self, context: Any, host: str, *, announced: bool) -> HostState:
        """How one host is. One statement, or two with announcements.

        :param context: nova.context.RequestContext, targeted at the host's cell
        :param announced: whether to tell NEEDS_MAINTENANCE from UP
        """
        windows = maintenance.get_windows(context) if announced else {}
        return self._judge(services.get_all(context, [host]), windows, [host])[host]

    def of(self, context: Any, hosts: Collection[str], *, announced: bool
           ) -> dict[str, HostState]:
        """How some hosts are. One statement per cell, and one for announcements.

        :param context: nova.context.RequestContext
        """
        if not hosts:
            return {}
        answers = self._cells.ask(context, lambda cell: services.get_all(cell, hosts))
        records = {host: record for of_cell in answers.values.values()
                   for host, record in of_cell.items()}
        windows = maintenance.get_windows(context) if announced else {}
        return self._judge(records, windows, hosts)

    def of_all(self, context: Any, *, announced: bool) -> dict[str, HostState]:
        """How all hosts are, those too that only servers know of.

        Two statements per cell, and one for announcements.
        """
        def read(cell: Any) -> tuple[dict[str, Any], set[str]]:
            return services.get_all(cell), servers.get_hosts_without_service(cell)

        answers = self._cells.ask(context, read)
        records: dict[str, Any] = {}
        hosts: set[str] = set()
        for of_cell, unrecorded in answers.values.values():
            records.update(of_cell)
            hosts.update(of_cell, unrecorded)
        windows = maintenance.get_windows(context) if announced else {}
        return self._judge(records, windows, hosts)

    def _judge(
            self, records: Mapping[str, Mapping[str, Any]],
            windows: Mapping[str, maintenance.Window],
            hosts: Collection[str]) -> dict[str, HostState]:
        return {
            host: HostState(self._status(records.get(host), host in windows), windows.get(host))
            for host in hosts}

    def _status(
            self, service: Optional[Mapping[str, Any]], announced: bool) -> HostStatus:
        """One host's status, by Nova's precedence.

        Forced down says more than disabled, and disabled more than silent.
        """
        if service is None:
            return HostStatus.UNKNOWN
        if service['forced_down']:
            return HostStatus.DOWN
        if service['disabled']:
            return HostStatus.MAINTENANCE
        if not self._servicegroup.service_is_up(service):
            return HostStatus.UNKNOWN
        return HostStatus.NEEDS_MAINTENANCE if announced else HostStatus.UP
