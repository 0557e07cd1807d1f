# SPDX-License-Identifier: Apache-2.0
"""Hypervisors for requests that must be answered as by Nova.

Where nova-ext cannot be exactly Nova, Nova reads the data itself: when a cell does not answer in
time, for Nova may wait longer for it; and about a host with records in another cell than the one
that it is mapped to.
"""

from __future__ import annotations

from typing import Any

from nova import exception as nova_exception
from nova.compute import api as nova_compute

from nova_ext.api.adapters import hypervisors
from nova_ext.db import cells
from nova_ext.db.record import Record


class CellDown(Exception):
    """There is no complete answer in time."""


class StockHypervisorAdapter(hypervisors.HypervisorAdapter):
    """The same with Nova's own shortcomings."""

    def __init__(self, all_cells: cells.Cells, nova: nova_compute.HostAPI) -> None:
        """Prepare to answer.

        :param nova: answers what this cannot
        """
        super().__init__(all_cells)
        self._nova = nova

    def compute_node_get_all(
            self, context: Any, limit: int | None = None, marker: str | None = None) -> Any:
        """A page of hypervisors.

        :raises nova.exception.MarkerNotFound: no cell has the marker
        """
        return self._get('compute_node_get_all', context, limit=limit, marker=marker)

    def compute_node_search_by_hypervisor(self, context: Any, hypervisor_match: str) -> Any:
        """The hypervisors with a part of their host name."""
        return self._get('compute_node_search_by_hypervisor', context, hypervisor_match)

    def compute_node_get(self, context: Any, compute_id: str) -> Any:
        """One hypervisor by its UUID or id.

        :raises nova.exception.ComputeHostNotFound: no cell has it
        """
        return self._get('compute_node_get', context, compute_id)

    def service_get_by_compute_host(self, context: Any, host_name: str) -> Any:
        """The service record of a hypervisor's host.

        :raises nova.exception.HostMappingNotFound: the host is mapped to no cell
        :raises nova.exception.ComputeHostNotFound: there is no record
        """
        node = self._find(host_name)
        # Some releases of Nova give a record the UUID that it lacks, others fail.
        if node is None or (node.service and not node.service.uuid):
            return self._nova.service_get_by_compute_host(context, host_name)
        if node.service is None:
            raise nova_exception.ComputeHostNotFound(host=host_name)
        return node.service

    def instance_get_all_by_host(self, context: Any, host_name: str) -> Any:
        """The servers on a hypervisor's host.

        :raises nova.exception.HostMappingNotFound: the host is mapped to no cell
        """
        if self._find(host_name) is None:
            return self._nova.instance_get_all_by_host(context, host_name)
        return self._get('instance_get_all_by_host', context, host_name)

    def get_host_uptime(self, context: Any, host_name: str) -> Any:
        """The uptime of a hypervisor's host as it was stored, where the hypervisor was read here.

        :raises nova.exception.ComputeServiceUnavailable: none is stored; Nova shows null
        """
        if not isinstance(host_name, hypervisors.Name):
            return self._nova.get_host_uptime(context, host_name)
        return super().get_host_uptime(context, host_name)

    def _get(self, method: str, *arguments: Any, **options: Any) -> Any:
        """What the method of that name finds here or, when a cell does not answer, in Nova."""
        try:
            return getattr(super(), method)(*arguments, **options)
        except CellDown:
            return getattr(self._nova, method)(*arguments, **options)

    def _find(self, host_name: str) -> Record | None:
        """The hypervisor of a host as it was read here; None: Nova is to say what it knows.

        :raises nova.exception.HostMappingNotFound: the host is mapped to no cell
        """
        if not isinstance(host_name, hypervisors.Name):
            return None
        node = host_name.node
        if node.mapped_cell is None:
            raise nova_exception.HostMappingNotFound(name=host_name)
        return node if node.mapped_cell == node.cell else None

    def _is_on(self, server: Record, node: Record) -> bool:
        """As if each hypervisor had all servers of its host."""
        return True

    def _note_down(self, answers: cells.Answers[Any]) -> None:
        """Give up when any cell fails: Nova may have an answer, or fails in its own words."""
        if answers.down:
            raise CellDown
