# SPDX-License-Identifier: Apache-2.0
"""``host_status`` of servers, at any compute microversion, and lists filtered by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional

from nova import exception as nova_exception
from nova.api.openstack.compute import servers as nova_servers
from oslo_config import cfg
from webob import exc

from nova_ext import policy
from nova_ext.api import query
from nova_ext.api.controllers import base, nova
from nova_ext.api.schemas import host_status as schema
from nova_ext.api.sources.servers import ServerSource
from nova_ext.api.views import host_status as view
from nova_ext.db import cells
from nova_ext.host_status import UNKNOWN, HostState, HostStates, HostStatus
from nova_ext.policies import host_status as policies


class HostStatusController(base.Controller):
    """Has Nova's controller show servers, and adds how their hosts are."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy) -> None:
        super().__init__(conf, authority)
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

        :raises webob.exc.HTTPException: as Nova
        :raises nova.exception.PolicyNotAuthorized: 403, the caller may not see that status
        """
        body, _, _ = self._list(request, lambda controller: controller.index(request.nova))
        return body

    def detail(self, request: base.Request) -> dict[str, Any]:
        """List servers in detail, with what the caller may see of their hosts' status.

        :raises webob.exc.HTTPException: as Nova
        :raises nova.exception.PolicyNotAuthorized: 403, the caller may not see that status
        """
        body, source, states = self._list(
            request, lambda controller: controller.detail(request.nova))
        visible = self._visible(request.context)
        if visible:
            hosts = {host for host in map(_host, source.instances) if host}
            if states is None:
                states = self._states.of(
                    request.context, hosts, announced=request.has('1.1'))
            self._add(request, visible, body['servers'], source, states)
        return body

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show a server, with what the caller may see of its host's status.

        :raises webob.exc.HTTPException: as Nova; 503 when its cell does not answer
        """
        source = ServerSource(self._nova.compute_api)
        body = self._ask_nova(
            source, lambda controller: controller.show(request.nova, request.path['server_id']))
        instance = source.instances[0]
        visible = self._visible(request.context, instance.project_id)
        if visible:
            host = _host(instance)
            states = {} if not host else {host: self._states.of_one(
                request.context, host, announced=request.has('1.1'))}
            self._add(request, visible, [body['server']], source, states)
        return body

    def _list(
            self, request: base.Request, ask: Callable[[Any], dict[str, Any]],
    ) -> tuple[dict[str, Any], ServerSource, Optional[dict[str, HostState]]]:
        """Nova's list, what it was made from, and the states of hosts if they were read."""
        wanted = {HostStatus(value) for value in request.query.get('host_status', ())}
        if not wanted:
            source = ServerSource(self._nova.compute_api)
            return self._ask_nova(source, ask), source, None
        if not wanted <= self._visible(request.context):
            raise nova_exception.PolicyNotAuthorized(action=policies.SHOW)
        states = self._states.of_all(request.context, announced=True)
        source = ServerSource(
            self._nova.compute_api,
            hosts={host for host, state in states.items() if state.status in wanted},
            with_down_cells=HostStatus.UNKNOWN in wanted)
        body = self._ask_nova(source, ask)
        query.carry(body.get('servers_links', ()), request.query)
        return body, source, states

    def _ask_nova(
            self, source: ServerSource, ask: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Nova's answer from the source."""
        builder = nova.lend(self._nova._view_builder, compute_api=source)
        try:
            return ask(nova.lend(self._nova, compute_api=source, _view_builder=builder))
        except exc.HTTPInternalServerError as error:
            if source.cell_error is None:
                raise
            raise exc.HTTPServiceUnavailable(
                explanation=source.cell_error.format_message()) from error

    def _visible(self, context: Any, project_id: Optional[str] = None) -> frozenset[HostStatus]:
        """The statuses that the caller may see, by what Nova gives its rules to look at.

        :param project_id: the server's, and nothing else of it; None: a list, whose rules look
            at the caller's own project and user
        """
        target = {'project_id': project_id}
        if project_id is None:
            target = {'project_id': context.project_id, 'user_id': context.user_id}
        if self._policy.allows(context, policies.SHOW, target):
            return frozenset(HostStatus)
        if self._policy.allows(context, policies.SHOW_UNKNOWN_ONLY, target):
            return frozenset({HostStatus.UNKNOWN})
        return frozenset()

    def _add(
            self, request: base.Request, visible: frozenset[HostStatus],
            shown: list[dict[str, Any]], source: ServerSource,
            states: dict[str, HostState]) -> None:
        """Add what the caller may see to what Nova shows of the source's servers."""
        instances = {instance.uuid: instance for instance in source.instances}
        for server in shown:
            state = _state(instances[server['id']], states)
            if visible == frozenset(HostStatus):
                view.add(server, state)
                if request.has('1.1'):
                    view.add_maintenance(server, state)
            elif state and state.status in visible:
                view.add(server, state)


def _is_in_down_cell(instance: Any) -> bool:
    """Whether Nova could not read the server, and shows what the API database knows of it."""
    return 'display_name' not in instance


def _host(instance: Any) -> Optional[str]:
    """The host that a server is on."""
    return instance.host if 'host' in instance else None


def _state(instance: Any, states: dict[str, HostState]) -> Optional[HostState]:
    """How a server's host is; None: it is on no host."""
    if _is_in_down_cell(instance):
        return UNKNOWN
    host = _host(instance)
    return states.get(host, UNKNOWN) if host else None
