# SPDX-License-Identifier: Apache-2.0
"""Servers for Nova's controller: Nova's own, narrowed to some hosts and looked at on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova import conf as nova_conf
from nova import exception as nova_exception
from nova import objects
from nova.compute import api as nova_compute

from nova_ext.api import down_cells
from nova_ext.db import hosts as db_hosts
from nova_ext.nova_compat import api as nova_api

#: Takes the filters of a list and returns the hosts that its servers may be on.
Hosts = Callable[[dict[str, Any]], db_hosts.Hosts]


class ServerAdapter:
    """Answers for nova.compute.api.API, as far as reading servers goes.

    One is made for each request. Nova reads the servers; it does not join their service
    records, which nobody but host_status needs, and which nova-ext reads by itself.
    """

    def __init__(
            self, compute: nova_compute.API, *, hosts: Hosts | None = None,
            with_down_cells: bool = True) -> None:
        """Prepare to answer.

        :param compute: what Nova's controller would ask
        :param hosts: list only servers on these; None: all servers
        :param with_down_cells: whether to list the servers of cells that do not answer, where
            Nova would
        """
        self._compute = compute
        self._hosts = hosts
        self._with_down_cells = with_down_cells
        #: The nova.objects.Instance that were read, in their order.
        self.instances: list[Any] = []
        #: Why servers could not be read though they exist: a cell does not answer.
        self.cell_error: nova_exception.NovaException | None = None
        #: The cells that did not answer when Nova read a list.
        self.down_cells: down_cells.DownCells = {}
        #: Whether the list has the servers of these cells all the same.
        self.has_down_cells = False

    def __getattr__(self, name: str) -> Any:
        """Whatever else Nova's controller wants is Nova's own."""
        return getattr(self._compute, name)

    def get(self, context: Any, instance_id: str, expected_attrs: list[str] | None = None,
            **options: Any) -> Any:
        """One server; ``context`` is targeted at its cell from here."""
        try:
            instance = self._compute.get(
                context, instance_id, expected_attrs=_without_services(expected_attrs),
                **options)
        except nova_exception.NovaException as error:
            self._note_error(error)
            raise
        self.instances = [instance]
        return instance

    def get_all(self, context: Any, search_opts: dict[str, Any] | None = None,
                expected_attrs: list[str] | None = None, cell_down_support: bool = False,
                **options: Any) -> Any:
        """The servers of a list, in Nova's order."""
        self.has_down_cells = cell_down_support and self._with_down_cells
        compute = nova_api.compute_api_with_down_cells(self._compute, self._get_of_down_cells)
        try:
            found = compute.get_all(
                context, search_opts=self._narrowed(search_opts or {}),
                expected_attrs=_without_services(expected_attrs),
                # Without it Nova does not tell which cells it skipped, but may refuse to.
                cell_down_support=(
                    self.has_down_cells or nova_conf.CONF.api.list_records_by_skipping_down_cells),
                **options)
        except nova_exception.NovaException as error:
            self._note_error(error)
            raise
        self.instances = list(found)
        return found

    def get_instance_host_status(self, instance: Any) -> str:
        """Nothing: nova-ext writes the host's status itself."""
        return ''

    def get_instances_host_statuses(self, instance_list: Any) -> dict[str, str]:
        """Nothing: nova-ext writes the hosts' statuses itself."""
        return {}

    def _get_of_down_cells(
            self, context: Any, down_cell_uuids: list[str], project: str | None,
            limit: int | None) -> Any:
        """What Nova knows of the servers in cells that do not answer, where it would list them."""
        self.down_cells = down_cells.name_by_uuid(down_cell_uuids)
        if not self.has_down_cells:
            return objects.InstanceList(objects=[])
        return nova_api.get_servers_of_down_cells(
            self._compute, context, down_cell_uuids, project, limit)

    def _note_error(self, error: nova_exception.NovaException) -> None:
        if nova_api.is_cell_down(error):
            self.cell_error = error

    def _narrowed(self, filters: dict[str, Any]) -> dict[str, Any]:
        """The filters of a list, and the hosts to which it is narrowed."""
        if self._hosts is None:
            return filters
        return {**filters, 'host': self._hosts(filters)}


def is_in_down_cell(instance: Any) -> bool:
    """Whether Nova could not read the server, and shows what the API database knows of it."""
    return 'display_name' not in instance


def is_on_host(instance: Any) -> bool:
    """Whether the server is on a host, as far as Nova has read; a deleted one is on none."""
    if 'host' not in instance or not instance.host:
        return False
    return not ('deleted' in instance and instance.deleted)


def _without_services(expected_attrs: list[str] | None) -> list[str]:
    return [name for name in expected_attrs or () if name != 'services']
