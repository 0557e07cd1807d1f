# SPDX-License-Identifier: Apache-2.0
"""Nova's own controllers, put to use with a source of data of ours."""

from __future__ import annotations

import copy
from typing import Any

from nova.api.openstack import wsgi

from nova_ext.api.controllers import base


def lend(controller: Any, **parts: Any) -> Any:
    """A copy of one of Nova's controllers with some of its attributes replaced.

    The controller itself stays as it is: requests are served side by side.
    """
    lent = copy.copy(controller)
    for name, part in parts.items():
        setattr(lent, name, part)
    return lent


def resource(
        controller: Any, action: str, environ: dict[str, Any],
        path: dict[str, str]) -> base.WSGIApp:
    """What answers a request with an action of one of Nova's controllers, as Nova's router does.

    :param environ: the request's WSGI environment, which is told the action
    :param path: the variables of the path, under Nova's names
    """
    environ['wsgiorg.routing_args'] = (
        (), {'controller': controller, 'action': action, **path})
    app: base.WSGIApp = wsgi.Resource(controller)
    return app
