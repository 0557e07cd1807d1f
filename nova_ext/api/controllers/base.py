# SPDX-License-Identifier: Apache-2.0
"""What every controller is."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import microversion_parse
from oslo_config import cfg

from nova_ext import policy


@dataclasses.dataclass(frozen=True)
class Request:
    """What a controller is told of a request."""

    #: nova.context.RequestContext of the caller.
    context: Any
    #: The nova-ext version that was negotiated.
    version: microversion_parse.Version
    #: Variables of the route's path, such as ``server_id``.
    path: dict[str, str]
    #: Query parameters, each with all its values.
    query: dict[str, list[str]]


@dataclasses.dataclass(frozen=True)
class Route:
    """One operation of the API."""

    #: HTTP method.
    method: str
    #: Path below the endpoint, with variables in braces: ``/servers/{server_id}/diagnostics``.
    path: str
    #: JSON schema of the query.
    query_schema: dict[str, Any]
    #: Takes the request, returns the response's body.
    #: Raises webob.exc.HTTPException or an exception of Nova's.
    handler: Callable[[Request], dict[str, Any]]


class Controller(abc.ABC):
    """Answers the requests of one noun. Found in the group ``nova_ext.api.controllers``."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy) -> None:
        self._conf = conf
        self._policy = authority

    @abc.abstractmethod
    def routes(self) -> Iterable[Route]:
        """The operations that this controller answers."""
