# SPDX-License-Identifier: Apache-2.0
"""Hypervisors for Nova's controller, from one statement per cell where Nova makes many."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from nova import exception as nova_exception

from nova_ext.db import cells, host_mappings, hypervisors, servers
from nova_ext.db.record import Record

Condition = Callable[[Record], bool]

#: Stands for the service record that a host does not have. Its ids pass Nova's validation of
#: responses; the view takes them out. Forced down, so that no servicegroup driver looks for its
#: heartbeat.
_NO_SERVICE = Record(
    id=0, uuid='00000000-0000-0000-0000-000000000000', disabled=False, disabled_reason=None,
    forced_down=True, last_seen_up=None)


class HypervisorSource:
    """Answers for nova.compute.api.HostAPI, as far as the hypervisors controller asks it.

    One is made for each request.
    """

    def __init__(self, all_cells: cells.Cells, *, condition: Condition | None = None) -> None:
        """Prepare to answer.

        :param condition: what the hypervisors of a list have to meet
        """
        self._cells = all_cells
        self._condition = condition
        self._nodes: dict[str, Record] = {}
        self._mapped: dict[str, str] = {}
        self._servers: dict[str, list[Record]] | None = None
        #: What was returned last, in its order. Each has ``service`` (None: no record) and
        #: ``mapped``, whether its host is mapped to its cell.
        self.hypervisors: list[Record] = []
        #: nova.objects.CellMapping of the cells that did not answer.
        self.down_cells: list[Any] = []

    # What Nova's controller calls, under Nova's names.

    def compute_node_get_all(
            self, context: Any, limit: int | None = None,
            marker: str | None = None) -> list[Record]:
        """A page of hypervisors, cell by cell in Nova's order, within a cell by id.

        :raises nova.exception.MarkerNotFound: no cell that answers has the marker
        """
        if self._condition is not None:
            return self._get_page_that_meets(context, self._condition, limit, marker)
        pages = self._ask(
            context, lambda targeted: hypervisors.get_page(targeted, limit, marker))
        return self._keep(context, _behind_marker(pages.values(), marker)[:limit])

    def compute_node_search_by_hypervisor(
            self, context: Any, hypervisor_match: str) -> list[Record]:
        """The hypervisors with a part of their host name; all of them, for Nova has no pages."""
        found = self._ask(
            context, lambda targeted: hypervisors.get_matching(targeted, hypervisor_match))
        return self._keep(context, [node for nodes in found.values() for node in nodes])

    def compute_node_get(self, context: Any, compute_id: str) -> Record:
        """One hypervisor by its UUID or id.

        :raises nova.exception.ComputeHostNotFound: no cell that answers has it
        """
        found = self._ask(context, lambda targeted: hypervisors.get(targeted, str(compute_id)))
        nodes = [node for node in found.values() if node is not None]
        if not nodes:
            raise nova_exception.ComputeHostNotFound(host=compute_id)
        return self._keep(context, nodes[:1])[0]

    def service_get_by_compute_host(self, context: Any, host_name: str) -> Record:
        """The service record of a hypervisor's host, or what stands for one that is missing."""
        return self._nodes[host_name].service or _NO_SERVICE

    def instance_get_all_by_host(self, context: Any, host_name: str) -> list[Record]:
        """The servers on a hypervisor's host; with the first, those of all hosts are read."""
        if self._servers is None:
            found = self._ask(
                context, lambda targeted: servers.get_by_host(targeted, self._nodes.keys()))
            self._servers = {host: on_it for cell, by_host in found.items()
                             for host, on_it in by_host.items()
                             if self._mapped.get(host, cell) == cell}
        return self._servers.get(host_name, [])

    def get_host_uptime(self, context: Any, host_name: str) -> str:
        """The uptime of a hypervisor's host as it was stored; no host is asked for it.

        :raises nova.exception.ComputeServiceUnavailable: none is stored; Nova shows null
        """
        stats = self._nodes[host_name].get('stats', {})
        if 'uptime' not in stats:
            raise nova_exception.ComputeServiceUnavailable(host=host_name)
        return str(stats['uptime'])

    # What they share.

    def _ask(self, context: Any, question: Callable[[Any], Any]) -> dict[str, Any]:
        answers = self._cells.ask(context, question)
        self._note_down(answers)
        return answers.values

    def _note_down(self, answers: cells.Answers[Any]) -> None:
        """Remember which cells did not answer."""
        known = {cell.uuid for cell in self.down_cells}
        self.down_cells.extend(cell for cell in answers.down if cell.uuid not in known)

    def _get_page_that_meets(
            self, context: Any, condition: Condition, limit: int | None,
            marker: str | None) -> list[Record]:
        """A page of those that meet the condition, which no database can judge."""
        pages = self._ask(context, lambda targeted: hypervisors.get_page(targeted, None))
        nodes = [node for page in pages.values() for node in page.first]
        if marker is not None:
            nodes = _skip_to(nodes, marker)
        return self._keep(context, [node for node in nodes if condition(node)][:limit])

    def _keep(self, context: Any, nodes: list[Record]) -> list[Record]:
        """Remember what is returned, and whether its hosts are mapped."""
        self._mapped = host_mappings.get_all(context) if nodes else {}
        for node in nodes:
            node['mapped'] = node.host in self._mapped
        # A host that moved to another cell may have left a record behind in the old one.
        self._nodes = {
            node.host: node for node in sorted(nodes, key=lambda node: node.service is not None)}
        self.hypervisors = nodes
        return nodes


class StockHypervisorSource(HypervisorSource):
    """The same with Nova's own shortcomings, for requests that must be answered as by Nova."""

    def service_get_by_compute_host(self, context: Any, host_name: str) -> Record:
        """The service record of a hypervisor's host.

        :raises nova.exception.HostMappingNotFound: the host is mapped to no cell
        :raises nova.exception.ComputeHostNotFound: there is no record
        """
        self._check_mapped(host_name)
        service = self._nodes[host_name].service
        if service is None:
            raise nova_exception.ComputeHostNotFound(host=host_name)
        found: Record = service
        return found

    def instance_get_all_by_host(self, context: Any, host_name: str) -> list[Record]:
        """The servers on a hypervisor's host.

        :raises nova.exception.HostMappingNotFound: the host is mapped to no cell
        """
        self._check_mapped(host_name)
        return super().instance_get_all_by_host(context, host_name)

    def _check_mapped(self, host_name: str) -> None:
        if host_name not in self._mapped:
            raise nova_exception.HostMappingNotFound(name=host_name)

    def _note_down(self, answers: cells.Answers[Any]) -> None:
        """Fail as Nova does when any cell fails."""
        if answers.error is not None:
            raise answers.error


def _behind_marker(pages: Iterable[hypervisors.Page], marker: str | None) -> list[Record]:
    """The cells' pages joined, from the first cell on that has the marker.

    :raises nova.exception.MarkerNotFound: none has it
    """
    if marker is None:
        return [node for page in pages for node in page.first]
    found = list(itertools.dropwhile(lambda page: page.behind is None, pages))
    if not found:
        raise nova_exception.MarkerNotFound(marker=marker)
    return [*(found[0].behind or ()), *(node for page in found[1:] for node in page.first)]


def _skip_to(nodes: list[Record], marker: str) -> list[Record]:
    """What comes behind the marker.

    :raises nova.exception.MarkerNotFound: it is not there
    """
    for place, node in enumerate(nodes):
        if node.uuid == marker or (marker.isdecimal() and node.id == int(marker)):
            return nodes[place + 1:]
    raise nova_exception.MarkerNotFound(marker=marker)
