# SPDX-License-Identifier: Apache-2.0
"""``GET /servers/{server_id}/diagnostics`` in the format of the specification."""

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
from nova_ext.api.schemas import diagnostics as schema
from nova_ext.api.views import diagnostics as view
from nova_ext.compute import rpcapi
from nova_ext.hosts import reachability
from nova_ext.policies import diagnostics as policies


class DiagnosticsController(base.Controller):
    """Asks the server's compute host, when there is one that can be asked."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        super().__init__(conf, authority, client)
        self._compute = nova_compute.API()
        self._hosts = reachability.ComputeHosts()

    def routes(self) -> Iterable[base.Route]:
        """The one operation of this controller."""
        yield base.Route(
            'GET', '/servers/{server_id}/diagnostics', schema.SHOW_QUERY, self.show)

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show what is known about a server now, in any power state.

        :raises webob.exc.HTTPException: 404 no such server, 409 no host has it yet,
            503 its host or its cell is down or silent
        :raises nova.exception.PolicyNotAuthorized: 403
        """
        context = request.context
        instance = instances.get(self._compute, context, request.path['server_id'])
        self._policy.authorize(context, policies.SHOW, {'project_id': instance.project_id})
        if not instance.host:
            raise exc.HTTPConflict(
                explanation=f'Server {instance.uuid} is on no compute host '
                            f'(vm_state {instance.vm_state}), so there is nothing to diagnose.')
        try:
            self._hosts.check_reachable(context, instance.host)
            # A host does less for a client of an older version.
            return view.show(self._rpc.get_diagnostics(
                context, instance, view.object_version(request.has)), request.has)
        except exception.ComputeHostUnavailable as error:
            raise exc.HTTPServiceUnavailable(explanation=str(error)) from error
        except nova_exception.InstanceNotFound as error:
            # It went while we asked.
            raise exc.HTTPNotFound(explanation=error.format_message()) from error
