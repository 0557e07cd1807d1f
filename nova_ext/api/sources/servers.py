# SPDX-License-Identifier: Apache-2.0
"""Servers for Nova's controller: Nova's own, narrowed to some hosts and looked at on the way."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nova import exception as nova_exception
from nova.compute import api as nova_compute

#: What no host can be called.
_NO_HOST = '/'


class ServerSource:
    """Answers for nova.compute.api.API, as far as reading servers goes.

    One is made for each request. Nova reads the servers; it does not join their service
    records, which nobody but host_status needs, and which nova-ext reads by host.
    """

    def __init__(
            self, compute: nova_compute.API, *, hosts: Collection[str] | None = None,
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
        #: Why a server could not be read though it exists: its cell does not answer.
        self.cell_error: nova_exception.NovaException | None = None

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
            # The bare class is what Nova raises when the server's cell does not answer.
            if type(error) is nova_exception.NovaException:
                self.cell_error = error
            raise
        self.instances = [instance]
        return instance

    def get_all(self, context: Any, search_opts: dict[str, Any] | None = None,
                expected_attrs: list[str] | None = None, cell_down_support: bool = False,
                **options: Any) -> Any:
        """The servers of a list, in Nova's order."""
        found = self._compute.get_all(
            context, search_opts=self._narrowed(search_opts or {}),
            expected_attrs=_without_services(expected_attrs),
            cell_down_support=cell_down_support and self._with_down_cells, **options)
        self.instances = list(found)
        return found

    def get_instance_host_status(self, instance: Any) -> str:
        """Nothing: nova-ext writes the host's status itself."""
        return ''

    def get_instances_host_statuses(self, instance_list: Any) -> dict[str, str]:
        """Nothing: nova-ext writes the hosts' statuses itself."""
        return {}

    def _narrowed(self, filters: dict[str, Any]) -> dict[str, Any]:
        """The filters of a list, and the hosts to which it is narrowed."""
        if self._hosts is None:
            return filters
        asked = filters.get('host')
        hosts = self._hosts if asked is None else set(self._hosts) & {asked}
        # With no host at all Nova would ask no cell, and not learn which do not answer.
        nowhere = [_NO_HOST] if self._with_down_cells else []
        return {**filters, 'host': sorted(hosts) or nowhere}


def _without_services(expected_attrs: list[str] | None) -> list[str]:
    return [name for name in expected_attrs or () if name != 'services']
