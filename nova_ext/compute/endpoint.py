# SPDX-License-Identifier: Apache-2.0
"""The server side, on nova-compute's own RPC server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import oslo_messaging as messaging

from nova_ext.compute import rpcapi
from nova_ext.objects import diagnostics


class ComputeEndpoint:
    """Answers what :class:`nova_ext.compute.rpcapi.ComputeAPI` asks."""

    target = messaging.Target(namespace=rpcapi.NAMESPACE, version=rpcapi.VERSION)

    def __init__(self, collect: Callable[[Any], diagnostics.Diagnostics]) -> None:
        """Make an endpoint.

        :param collect: finds out what is known about a nova.objects.Instance
        """
        self._collect = collect

    def get_diagnostics(
            self, context: Any, instance: Any, object_version: str) -> dict[str, Any]:
        """What is known about a server now.

        :param context: nova.context.RequestContext
        :param instance: nova.objects.Instance on this host
        :param object_version: the newest Diagnostics that the caller understands
        :returns: the primitive of a Diagnostics of that version or an older one
        """
        return self._collect(instance).obj_to_primitive(
            target_version=_older(object_version, diagnostics.Diagnostics.VERSION))

    # It only reads: Nova 34 need not wait for it when the service is stopped.
    get_diagnostics._skip_automatic_rpc_tracking = True  # type: ignore[attr-defined]


def _older(one: str, other: str) -> str:
    return min(one, other, key=lambda version: [int(part) for part in version.split('.')])
