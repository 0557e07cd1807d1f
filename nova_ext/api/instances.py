# SPDX-License-Identifier: Apache-2.0
"""Servers that requests are about."""

from __future__ import annotations

from typing import Any

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
        return nova_api.get_instance(compute, context, server_id)
    except nova_exception.InstanceNotFound as error:
        raise exc.HTTPNotFound(explanation=error.format_message()) from error
    except nova_exception.NovaException as error:
        if not nova_api.is_cell_down(error):
            raise
        raise exc.HTTPServiceUnavailable(explanation=error.format_message()) from error
