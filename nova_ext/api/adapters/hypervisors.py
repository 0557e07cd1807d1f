# SPDX-License-Identifier: Apache-2.0
"""Hypervisors for Nova's controller, from one statement per cell where Nova makes many."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable
from typing import Any

from nova import exception as nova_exception
from oslo_utils import uuidutils

from nova_ext import exception
from nova_ext.api import down_cells, hypervisor_filter
from nova_ext.db import cells, host_mappings, hypervisors, servers
from nova_ext.db.record import Record

#: Stands for the service record that a host does not have. Its ids pass Nova's validation of
#: responses; the view takes them out. Forced down, so that no servicegroup driver looks for its
#: heartbeat.
_NO_SERVICE = Record(
    id=0, uuid='00000000-0000-0000-0000-000000000000', disabled=False, disabled_reason=None,
    forced_down=True, last_seen_up=None)

#: The type of hypervisors of which a host has many, each with a server or none.
BARE_METAL = 'ironic'


class Name(str):
    """A name in the record of a hypervisor, which leads back to that record.

    Nova's controller asks for more about a hypervisor with the name of its host, and shows it
    with its own. In two cells there may be the same names, and the same numbers for ids.
    """

    node: Record

    @classmethod
    def of(cls, node: Record, column: str) -> Name:
        """The name in one of the columns."""
        name = cls(node[column] or '')
        name.node = node
        return name


class HypervisorAdapter:
    """Answers for nova.compute.api.HostAPI, as far as the hypervisors controller asks it.

    One is made for each request.
    """

    def __init__(
            self, all_cells: cells.Cells, *,
            wanted: hypervisor_filter.HypervisorFilter | None = None) -> None:
        """Prepare to answer.

        :param wanted: which hypervisors of a list; None: all
        """
        self._cells = all_cells
        self._wanted = wanted
        self._servers: dict[str, dict[str, list[Record]]] | None = None
        #: What was returned last. Each has ``service`` (None: no record), and the UUIDs of its
        #: cell, ``cell``, and of the one that its host is mapped to, ``mapped_cell``.
        self.hypervisors: list[Record] = []
        #: The cells that did not answer.
        self.down_cells: down_cells.DownCells = {}

    # What Nova's controller calls, under Nova's names.

    def compute_node_get_all(
            self, context: Any, limit: int | None = None,
            marker: str | None = None) -> list[Record]:
        """A page of hypervisors, cell by cell in Nova's order, within a cell by id.

        :raises nova.exception.MarkerNotFound: no cell that answers has the marker, or one that
            does not may have it, too
        :raises nova.exception.ValidationError: an aggregate that is asked for is not there
        """
        hosts = self._prepare(context)
        to_read = limit if self._wanted is None or self._wanted.is_for_databases else None
        pages = self._ask(
            context, lambda targeted: hypervisors.get_page(targeted, to_read, marker, hosts))
        if marker is not None and self._is_ambiguous(marker):
            raise nova_exception.MarkerNotFound(marker=marker)
        nodes = _behind_marker(pages.values(), marker)
        if self._wanted is not None:
            nodes = list(filter(self._wanted.matches, nodes))
        return self._keep(context, nodes[:limit])

    def compute_node_search_by_hypervisor(
            self, context: Any, hypervisor_match: str) -> list[Record]:
        """The hypervisors with a part of their host name; all of them, for Nova has no pages.

        :raises nova.exception.ValidationError: an aggregate that is asked for is not there
        """
        hosts = self._prepare(context)
        found = self._ask(
            context, lambda targeted: hypervisors.get_matching(targeted, hypervisor_match, hosts))
        return self._keep(context, [node for nodes in found.values() for node in nodes])

    def compute_node_get(self, context: Any, compute_id: str) -> Record:
        """One hypervisor by its UUID or id.

        :raises nova.exception.ComputeHostNotFound: no cell that answers has it, or one that does
            not may have it, too
        """
        found = self._ask(context, lambda targeted: hypervisors.get(targeted, str(compute_id)))
        nodes = [node for node in found.values() if node is not None]
        if not nodes or self._is_ambiguous(str(compute_id)):
            raise nova_exception.ComputeHostNotFound(host=compute_id)
        return self._keep(context, nodes[:1])[0]

    def service_get_by_compute_host(self, context: Any, host_name: Name) -> Any:
        """The service record of a hypervisor's host, or what stands for one that is missing."""
        return host_name.node.service or _NO_SERVICE

    def instance_get_all_by_host(self, context: Any, host_name: Name) -> Any:
        """The servers on a hypervisor; with the first, those of all hosts are read."""
        if self._servers is None:
            names = {node.host for node in self.hypervisors}
            self._servers = self._ask(
                context, lambda targeted: servers.get_by_host(targeted, names))
        node = host_name.node
        return [server for server in self._servers.get(node.cell, {}).get(node.host_key, [])
                if self._is_on(server, node)]

    def _is_on(self, server: Record, node: Record) -> bool:
        """Whether a server on a hypervisor's host is on that hypervisor."""
        # Elsewhere a host has one, and its servers may know it by a name that it had before.
        return bool(
            node.hypervisor_type != BARE_METAL or server.node == node.hypervisor_hostname)

    def get_host_uptime(self, context: Any, host_name: Name) -> Any:
        """The uptime of a hypervisor's host as it was stored; no host is asked for it.

        :raises nova.exception.ComputeServiceUnavailable: none is stored; Nova shows null
        """
        stats = host_name.node.get('stats', {})
        if 'uptime' not in stats:
            raise nova_exception.ComputeServiceUnavailable(host=host_name)
        return str(stats['uptime'])

    # What they share.

    def _prepare(self, context: Any) -> Collection[str] | None:
        """Read what is needed to judge hypervisors; return the hosts that they may be of.

        :raises nova.exception.ValidationError: an aggregate that is asked for is not there
        """
        if self._wanted is None:
            return None
        try:
            self._wanted.prepare(context)
        except exception.AggregateNotFound as error:
            # Of what is wrong with a request, Nova's controller lets nothing else pass always.
            raise nova_exception.ValidationError(detail=str(error)) from error
        return self._wanted.hosts

    def _ask(self, context: Any, question: Callable[[Any], Any]) -> dict[str, Any]:
        answers = self._cells.ask(context, question)
        self._note_down(answers)
        return answers.values

    def _note_down(self, answers: cells.Answers[Any]) -> None:
        """Remember which cells did not answer."""
        self.down_cells.update(down_cells.name_all(answers.down))

    def _is_ambiguous(self, hypervisor_id: str) -> bool:
        """Whether a cell that does not answer may have another hypervisor with that id."""
        return bool(self.down_cells) and not uuidutils.is_uuid_like(hypervisor_id)

    def _keep(self, context: Any, nodes: list[Record]) -> list[Record]:
        """Remember what is returned, and which cells its hosts are mapped to."""
        mapped = host_mappings.get_all(context) if nodes else {}
        for node in nodes:
            node['mapped_cell'] = mapped.get(node.host_key)
            for column in ('host', 'hypervisor_hostname'):
                node[column] = Name.of(node, column)
        self.hypervisors = nodes
        return nodes


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
