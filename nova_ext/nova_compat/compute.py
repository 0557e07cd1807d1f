# SPDX-License-Identifier: Apache-2.0
"""nova-compute's RPC: the server that endpoints join, and Nova's own interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from nova_ext.nova_compat.internals import Internal

F = TypeVar('F', bound=Callable[..., Any])

INTERNALS = (
    # RPC: the server that the endpoint joins, and Nova's own call for hosts without the plugin.
    Internal('nova.rpc', 'ClientRouter.client', ('self', 'context')),
    Internal('nova.rpc', 'get_client', ('target', 'version_cap', 'serializer')),
    Internal('nova.compute.rpcapi', 'RPC_TOPIC'),
    Internal('nova.compute.rpcapi', 'ComputeAPI', source=('self.router',)),
    Internal('nova.compute.rpcapi', 'ComputeAPI.get_instance_diagnostics',
             ('self', 'ctxt', 'instance'), source=("'5.0'", "'get_instance_diagnostics'")),
    Internal('nova.manager', 'Manager', source=('self.additional_endpoints = []',)),
    Internal('nova.compute.manager', 'ComputeVirtAPI', source=('self._compute',)),
)


def add_endpoints(virtapi: Any, endpoints: Iterable[object]) -> None:
    """Add endpoints to nova-compute's own RPC server, before it is started.

    :param virtapi: nova.compute.manager.ComputeVirtAPI, with which Nova makes a driver
    """
    virtapi._compute.additional_endpoints.extend(endpoints)


def read_only(method: F) -> F:
    """Mark a method of an endpoint that only reads.

    Nova 34 need not wait for it when the service is stopped; older releases do not look.
    """
    method._skip_automatic_rpc_tracking = True  # type: ignore[attr-defined]
    return method


def diagnostics_version(compute_rpcapi: Any, context: Any) -> str:
    """The version of Nova's own interface in which to ask for diagnostics.

    The method is the same in both.

    :param compute_rpcapi: nova.compute.rpcapi.ComputeAPI
    :param context: nova.context.RequestContext, targeted at the host's cell
    """
    client = compute_rpcapi.router.client(context)
    return '6.0' if client.can_send_version('6.0') else '5.0'
