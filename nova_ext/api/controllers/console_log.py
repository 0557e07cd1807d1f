# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/console-log``: what a server printed, by offset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nova import exception as nova_exception
from nova.compute import api as nova_compute
from oslo_config import cfg
from webob import exc

from nova_ext import exception, policy
from nova_ext.api import instances
from nova_ext.api.controllers import base
from nova_ext.api.schemas import console_log as schema
from nova_ext.api.views import console_log as view
from nova_ext.compute import rpcapi
from nova_ext.hosts import reachability
from nova_ext.policies import console_log as policies


class ConsoleLogController(base.Controller):
    """Asks the server's compute host, when there is one that can be asked."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        super().__init__(conf, authority, client)
        self._compute = nova_compute.API()
        self._hosts = reachability.ComputeHosts()

    def routes(self) -> Iterable[base.Route]:
        """The one operation of this controller."""
        yield base.Route(
            'GET', '/servers/{server_id}/console-log', schema.SHOW_QUERY, self.show,
            query_versions=schema.SHOW_VERSIONS, min_version='1.2')

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show what a server has printed from an offset on, in any power state.

        Of a deleted server, its last host is asked for what it has kept.

        :raises webob.exc.HTTPException: 400 a limit that is too great, 404 no such server or no
            log of it, or of the port, that can be read by offset, 409 no host has it, 503 its host
            or its cell is down or silent
        :raises nova.exception.PolicyNotAuthorized: 403
        """
        start, limit = _read(request.query)
        context = request.context
        instance = self._find(context, request.path['server_id'])
        if not instance.host:
            raise exc.HTTPConflict(
                explanation=f'Server {instance.uuid} is on no compute host '
                            f'(vm_state {instance.vm_state}), so it has no console log.')
        try:
            self._hosts.check_reachable(context, instance.host)
            part = self._rpc.get_console_log(
                context, instance, start, limit, int(request.query.get('port', ['0'])[0]))
        except exception.ComputeHostUnavailable as error:
            raise exc.HTTPServiceUnavailable(explanation=str(error)) from error
        except nova_exception.ConsoleNotAvailable as error:
            # Over a message bus, the host's traceback may follow.
            raise exc.HTTPNotFound(
                explanation=error.format_message().partition('\n')[0]) from error
        if part is None:
            raise exc.HTTPNotFound(
                explanation=f'The console log of server {instance.uuid} cannot be read by offset: '
                            'its compute host runs no nova-ext that serves API version 1.2, or a '
                            'driver that keeps no log. '
                            'See os-getConsoleOutput.')
        return view.show(part)

    def _find(self, context: Any, server_id: str) -> Any:
        """A server that the caller may read the console log of, deleted or not.

        Of a deleted one, who may not read its log learns no more than of one that never was.
        """
        try:
            instance = instances.get(self._compute, context, server_id)
        except exc.HTTPNotFound:
            deleted = instances.get_deleted(self._compute, context, server_id)
            if deleted is None or not self._policy.allows(
                    context, policies.SHOW_DELETED, {'project_id': deleted.project_id}):
                raise
            if not deleted.host:
                raise exc.HTTPNotFound(
                    explanation=f'The console log of server {deleted.uuid}, which is deleted, is '
                                'not kept: the server was on no compute host.') from None
            return deleted
        self._policy.authorize(context, policies.SHOW, {'project_id': instance.project_id})
        return instance


def _read(query: dict[str, list[str]]) -> tuple[int, int]:
    """Where to begin, and how many bytes to read at most.

    :raises webob.exc.HTTPBadRequest: more than a message may have
    """
    start = int(query.get('start', ['0'])[0])
    limit = int(query.get('limit', [str(schema.DEFAULT_LIMIT)])[0])
    if limit > schema.MAX_LIMIT:
        raise exc.HTTPBadRequest(
            explanation=f'Invalid query parameter limit: {limit} exceeds the maximum of '
                        f'{schema.MAX_LIMIT} bytes per response; continue from "next".')
    return start, limit
