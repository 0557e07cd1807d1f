# SPDX-License-Identifier: Apache-2.0
"""``host_status`` of servers, at any compute microversion, and lists filtered by it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, Optional

from nova import exception as nova_exception
from nova.api.openstack.compute import servers as nova_servers
from oslo_config import cfg
from webob import exc

from nova_ext import policy
from nova_ext.api import down_cells, query
from nova_ext.api.adapters.servers import Hosts, ServerAdapter, is_in_down_cell, is_on_host
from nova_ext.api.controllers import base
from nova_ext.api.schemas import host_status as schema
from nova_ext.api.views import down_cells as down_cells_view
from nova_ext.api.views import host_status as view
from nova_ext.compute import rpcapi
from nova_ext.db import cells
from nova_ext.db import hosts as db_hosts
from nova_ext.hosts.status import UNKNOWN, HostState, HostStates, HostStatus, Servers, Services
from nova_ext.nova_compat import api as nova_api
from nova_ext.policies import host_status as policies


class Visible(NamedTuple):
    """What there is to see for one caller."""

    statuses: frozenset[HostStatus] = frozenset()
    #: What they were judged by.
    reasons: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.statuses)


class HostStatusController(base.Controller):
    """Has Nova's controller show servers, and adds how their hosts are."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        super().__init__(conf, authority, client)
        self._states = HostStates(cells.Cells(conf.nova_ext.cell_timeout))
        self._nova = nova_servers.ServersController()

    def routes(self) -> Iterable[base.Route]:
        """Lists of servers and one server."""
        yield base.Route(
            'GET', '/servers', schema.LIST_QUERY, self.index,
            extends_nova=True, query_versions=schema.LIST_VERSIONS)
        yield base.Route(
            'GET', '/servers/detail', schema.LIST_QUERY, self.detail,
            extends_nova=True, query_versions=schema.LIST_VERSIONS)
        yield base.Route(
            'GET', '/servers/{server_id}', schema.SHOW_QUERY, self.show, extends_nova=True)

    def index(self, request: base.Request) -> dict[str, Any]:
        """List servers, those on hosts with a status where the query says so.

        :raises webob.exc.HTTPException: as Nova; 503 when a cell does not answer and Nova is
            configured to make no list without it
        :raises nova.exception.PolicyNotAuthorized: 403, the caller may not see that status
        """
        return self._list(request, lambda controller: controller.index(request.nova))

    def detail(self, request: base.Request) -> dict[str, Any]:
        """List servers in detail, with what the caller may see of their hosts' status.

        :raises webob.exc.HTTPException: as :meth:`index`
        :raises nova.exception.PolicyNotAuthorized: 403, the caller may not see that status
        """
        return self._list(
            request, lambda controller: controller.detail(request.nova), with_status=True)

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show a server, with what the caller may see of its host's status.

        :raises webob.exc.HTTPException: as Nova; 503 when its cell does not answer
        """
        adapter = ServerAdapter(self._nova.compute_api)
        body = self._ask_nova(
            adapter, lambda controller: controller.show(request.nova, request.path['server_id']))
        instance = adapter.instances[0]
        visible = self._visible(request.context, instance.project_id)
        if visible:
            state = None if not is_on_host(instance) else self._states.of_server(
                request.context, instance.uuid, announced=request.has('1.1'))
            states = Servers({instance.uuid: state} if state else {})
            self._add(request, visible, [body['server']], adapter, states)
        return body

    def _list(
            self, request: base.Request, ask: Callable[[Any], dict[str, Any]], *,
            with_status: bool = False) -> dict[str, Any]:
        """Nova's list with what is to be added to it."""
        visible = self._visible(request.context)
        wanted = {HostStatus(value) for value in request.query.get('host_status', ())}
        if not wanted <= visible.statuses:
            raise nova_exception.PolicyNotAuthorized(action=policies.SHOW)
        known = self._states.of_services(request.context) if wanted else None
        adapter = ServerAdapter(
            self._nova.compute_api, hosts=_narrow(known, wanted) if known else None,
            with_down_cells=not wanted or HostStatus.UNKNOWN in wanted)
        body = self._ask_nova(adapter, ask)
        query.add_to_links(body.get('servers_links', ()), request.query)
        states = Servers()
        if with_status and visible:
            states = self._states.of_servers(
                request.context,
                [instance.uuid for instance in adapter.instances if is_on_host(instance)],
                announced=request.has('1.1'), known=known)
            self._add(request, visible, body['servers'], adapter, states)
        if visible:
            self._mark(body, adapter, [*(known.down if known else ()), *states.down],
                       always=request.has('1.2'))
        return body

    def _mark(
            self, body: dict[str, Any], adapter: ServerAdapter, down: Iterable[Any], *,
            always: bool) -> None:
        """Name the cells that did not answer.

        :param always: be it none, which otherwise nothing tells from not being told
        :raises webob.exc.HTTPServiceUnavailable: there must be no list without them
        """
        names = {**adapter.down_cells, **down_cells.name_all(down)}
        if not adapter.has_down_cells:
            down_cells.check(self._conf, names)
        if names or always:
            down_cells_view.add(body, names)

    def _ask_nova(
            self, adapter: ServerAdapter, ask: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Nova's answer from the adapter."""
        try:
            return ask(nova_api.servers_controller_with(self._nova, adapter))
        except exc.HTTPInternalServerError as error:
            if adapter.cell_error is None:
                raise
            raise exc.HTTPServiceUnavailable(
                explanation=adapter.cell_error.format_message()) from error

    def _visible(self, context: Any, project_id: Optional[str] = None) -> Visible:
        """What the caller may see, by what Nova gives its rules to look at.

        :param project_id: the server's, and nothing else of it; None: a list, whose rules look
            at the caller's own project and user
        """
        target = {'project_id': project_id}
        if project_id is None:
            target = {'project_id': context.project_id, 'user_id': context.user_id}
        if self._policy.allows(context, policies.SHOW, target):
            return Visible(frozenset(HostStatus),
                           self._policy.allows(context, policies.SHOW_REASON, target))
        if self._policy.allows(context, policies.SHOW_UNKNOWN_ONLY, target):
            return Visible(frozenset({HostStatus.UNKNOWN}))
        return Visible()

    def _add(
            self, request: base.Request, visible: Visible, shown: list[dict[str, Any]],
            adapter: ServerAdapter, states: Servers) -> None:
        """Add what the caller may see to what Nova shows of the adapter's servers."""
        instances = {instance.uuid: instance for instance in adapter.instances}
        for server in shown:
            state = _state(instances[server['id']], states)
            if visible.statuses == frozenset(HostStatus):
                view.add(server, state)
                if request.has('1.1'):
                    view.add_maintenance(server, state, with_reason=request.has('1.2'))
                if visible.reasons and request.has('1.2'):
                    view.add_reason(server, self._states.explain(state) if state else None)
            elif state and state.status in visible.statuses:
                view.add(server, state)


def _narrow(known: Services, wanted: Collection[HostStatus]) -> Hosts:
    """The hosts with some statuses; unknown are those too that nothing was read of."""
    if HostStatus.UNKNOWN in wanted:
        others = known.with_status(set(HostStatus) - set(wanted))
        return functools.partial(db_hosts.without_services, others)
    return functools.partial(db_hosts.with_services, known.with_status(wanted))


def _state(instance: Any, states: Servers) -> Optional[HostState]:
    """How a server's host is; None: it is on no host."""
    if is_in_down_cell(instance):
        return UNKNOWN
    state = states.states.get(instance.uuid)
    if state is None and states.down and is_on_host(instance):
        return UNKNOWN
    return state
