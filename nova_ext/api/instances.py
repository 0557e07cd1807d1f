# SPDX-License-Identifier: Apache-2.0
"""Servers that requests are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

from nova import exception as nova_exception
from oslo_utils import uuidutils
from webob import exc

from nova_ext.nova_compat import api as nova_api


def get(compute: Any, context: Any, server_id: str) -> Any:
    """The nova.objects.Instance of a server; ``context`` is targeted at its cell from here on.

    :param compute: nova.compute.api.API
    :param context: nova.context.RequestContext
    :raises webob.exc.HTTPException: 404 no such server, 503 its cell is down
    """
    if not uuidutils.is_uuid_like(server_id):
        raise exc.HTTPNotFound(explanation=f'Instance {server_id} could not be found.')
    try:
        return _find(nova_api.get_instance, compute, context, server_id)
    except nova_exception.InstanceNotFound as error:
        raise exc.HTTPNotFound(explanation=error.format_message()) from error


def get_deleted(compute: Any, context: Any, server_id: str) -> Optional[Any]:
    """As :func:`get`, of a server that is deleted; None: there is none, or not any more.

    Whether the caller may know of it is not checked here.

    :raises webob.exc.HTTPException: 503 its cell is down
    """
    if not uuidutils.is_uuid_like(server_id):
        return None
    try:
        instance = _find(nova_api.get_deleted_instance, compute, context, server_id)
    except nova_exception.InstanceNotFound:
        return None
    return instance if instance.deleted else None


def _find(find: Callable[..., Any], compute: Any, context: Any, server_id: str) -> Any:
    try:
        return find(compute, context, server_id)
    except nova_exception.NovaException as error:
        if not nova_api.is_cell_down(error):
            raise
        raise exc.HTTPServiceUnavailable(explanation=error.format_message()) from error
