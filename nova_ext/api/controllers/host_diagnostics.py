# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of all servers of a hypervisor, and of the servers of many hosts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Optional

from nova import exception as nova_exception
from oslo_config import cfg
from oslo_utils import uuidutils
from webob import exc

from nova_ext import exception, policy
from nova_ext.api import down_cells, openmetrics, query
from nova_ext.api.adapters.hypervisors import BARE_METAL, HypervisorAdapter
from nova_ext.api.controllers import base
from nova_ext.api.schemas import host_diagnostics as schema
from nova_ext.api.views import host_diagnostics as view
from nova_ext.compute import rpcapi
from nova_ext.db import cells, ids, instance_mappings, placed_servers
from nova_ext.db.record import Record
from nova_ext.hosts import answers, asking
from nova_ext.hosts.status import HostStates, HostStatus
from nova_ext.nova_compat import api as nova_api
from nova_ext.policies import host_diagnostics as policies
from nova_ext.policies import host_status as status_policies

_MIN_VERSION = '1.2'


@dataclasses.dataclass(frozen=True)
class Page:
    """Some servers, and what their hosts have told."""

    #: As :func:`nova_ext.api.views.host_diagnostics.entry` makes them.
    entries: list[dict[str, Any]]
    #: The UUID with which the next page begins; None: there is none.
    marker: Optional[str]
    #: How often hosts have failed at what, by their names.
    failures: dict[str, dict[str, int]]
    #: Why hosts have told nothing, by their names.
    missing: dict[str, str]
    #: The cells that did not answer.
    down: down_cells.DownCells


class HostDiagnosticsController(base.Controller):
    """Finds the servers in the databases of the cells, and asks each of their hosts once."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        super().__init__(conf, authority, client)
        self._cells = cells.Cells(conf.nova_ext.cell_timeout)
        self._states = HostStates(self._cells)
        self._questions = asking.HostQuestions(client, conf.nova_ext.rpc_timeout)

    def routes(self) -> Iterable[base.Route]:
        """One hypervisor, and all hosts."""
        yield base.Route(
            'GET', '/os-hypervisors/{hypervisor_id:[0-9a-fA-F-]+}/diagnostics',
            schema.SHOW_QUERY, openmetrics.negotiated(self.show), min_version=_MIN_VERSION)
        yield base.Route(
            'GET', '/nova-ext/diagnostics', schema.LIST_QUERY,
            openmetrics.negotiated(self.index), min_version=_MIN_VERSION)

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show what is known about the servers of a hypervisor now.

        :raises webob.exc.HTTPException: 400 no such marker, 404 no such hypervisor, 503 its host
            or its cell is down or silent
        :raises nova.exception.PolicyNotAuthorized: 403
        """
        self._policy.authorize(request.context, policies.SHOW, {})
        hypervisor = self._hypervisor(request.context, request.path['hypervisor_id'])
        wanted = placed_servers.Wanted(
            hosts=[str(hypervisor.host)],
            node=(str(hypervisor.hypervisor_hostname)
                  if hypervisor.hypervisor_type == BARE_METAL else None))
        page = self._page(request, wanted, hypervisor)
        if page.down:
            raise exc.HTTPServiceUnavailable(
                explanation=f'The servers of hypervisor {request.path["hypervisor_id"]} are in a '
                            f'cell that does not answer now: {down_cells.describe(page.down)}.')
        for host, reason in page.missing.items():
            raise exc.HTTPServiceUnavailable(
                explanation=str(exception.ComputeHostUnavailable(host, reason)))
        return view.page(page.entries, self._link(
            request, page, f'os-hypervisors/{request.path["hypervisor_id"]}/diagnostics'),
            failures=page.failures)

    def index(self, request: base.Request) -> dict[str, Any]:
        """List what is known about the servers of all hosts now.

        :raises webob.exc.HTTPException: 400 no such marker, 503 a cell does not answer and Nova is
            configured to make no list without it
        :raises nova.exception.PolicyNotAuthorized: 403
        """
        self._policy.authorize(request.context, policies.LIST, {})
        page = self._page(request, placed_servers.Wanted(
            hosts=request.query.get('host'), projects=request.query.get('project_id')))
        down_cells.check(self._conf, page.down)
        return view.page(
            page.entries, self._link(request, page, 'nova-ext/diagnostics'),
            failures=page.failures, missing=page.missing, down=page.down)

    def _page(
            self, request: base.Request, wanted: placed_servers.Wanted,
            hypervisor: Optional[Record] = None) -> Page:
        """The servers that the query asks for, fewer where there is no time for all of them.

        :param hypervisor: only those on it; its host is asked in any case
        """
        context = request.context
        cell = None if hypervisor is None else hypervisor.cell
        down: list[Any] = []
        if 'host_status' in request.query:
            wanted, down = self._with_status(context, wanted, request.query['host_status'])
        limit, marker = self._limit(request), self._marker(request)
        pages = self._cells.ask(context, lambda targeted: placed_servers.get_page(
            targeted, wanted, limit + 1, marker), only=cell)
        found = sorted((server for of_cell in pages.values.values() for server in of_cell),
                       key=lambda server: str(server.uuid))
        told = self._questions.ask(context, found[:limit], hypervisor)
        servers = told.first(found[:limit])
        entries = ((server, told.of(server)) for server in servers)
        hosts = [*servers, *([] if hypervisor is None else [hypervisor])]
        return Page(
            entries=[view.entry(server, one, request.has) for server, one in entries if one],
            # Where a page may have no server at all, none can lead to another.
            marker=servers[-1].uuid if servers and len(found) > len(servers) else None,
            failures={one.host: told.failures(one) for one in hosts if told.failures(one)},
            missing={one.host: told.missing[answers.key(one)] for one in hosts
                     if answers.key(one) in told.missing},
            down=down_cells.name_all(
                one for one in (*down, *pages.down) if cell in (None, one.uuid)))

    def _with_status(
            self, context: Any, wanted: placed_servers.Wanted, values: Iterable[str],
    ) -> tuple[placed_servers.Wanted, list[Any]]:
        """Those on hosts with some statuses, and the cells whose hosts are not known.

        :raises nova.exception.PolicyNotAuthorized: the caller may not see such a status
        """
        statuses = {HostStatus(value) for value in values}
        target = {'project_id': context.project_id, 'user_id': context.user_id}
        if statuses != {HostStatus.UNKNOWN} or not self._policy.allows(
                context, status_policies.SHOW_UNKNOWN_ONLY, target):
            self._policy.authorize(context, status_policies.SHOW, target)
        known = self._states.of_services(context)
        if HostStatus.UNKNOWN in statuses:
            # Nothing may be known of a host that is not among these.
            others = known.with_status(set(HostStatus) - statuses)
            return dataclasses.replace(wanted, other_services=others), known.down
        return dataclasses.replace(wanted, services=known.with_status(statuses)), known.down

    def _hypervisor(self, context: Any, wanted: str) -> Record:
        """The hypervisor with a UUID or an id."""
        adapter = HypervisorAdapter(self._cells)
        try:
            if not uuidutils.is_uuid_like(wanted) and ids.parse(wanted) is None:
                raise nova_exception.ComputeHostNotFound(host=wanted)
            return adapter.compute_node_get(context, wanted)
        except nova_exception.ComputeHostNotFound as error:
            explanation = f"Hypervisor with ID '{wanted}' could not be found."
            if adapter.down_cells:
                raise exc.HTTPServiceUnavailable(
                    explanation=f'{explanation} It may be in a cell that does not answer now: '
                                f'{down_cells.describe(adapter.down_cells)}.') from error
            raise exc.HTTPNotFound(explanation=explanation) from error

    def _limit(self, request: base.Request) -> int:
        """How many servers a page has."""
        most: int = self._conf.api.max_limit
        return min(most, *(int(value) for value in request.query.get('limit', [str(most)])))

    def _marker(self, request: base.Request) -> Optional[str]:
        """The UUID of the last server of the page before.

        :raises webob.exc.HTTPBadRequest: there is no such server
        """
        if 'marker' not in request.query:
            return None
        marker = request.query['marker'][0].lower()
        if not instance_mappings.exists(request.context, marker):
            raise exc.HTTPBadRequest(explanation=f'Marker {marker} could not be found.')
        return marker

    def _link(
            self, request: base.Request, page: Page, collection: str) -> Optional[dict[str, str]]:
        if page.marker is None:
            return None
        link = nova_api.next_link(request.nova, collection, page.marker)
        query.add_to_links([link], {
            name: values for name, values in request.query.items() if name != 'marker'})
        return link
