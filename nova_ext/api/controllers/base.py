# SPDX-License-Identifier: Apache-2.0
"""What every controller is."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import microversion_parse
from oslo_config import cfg

from nova_ext import policy
from nova_ext.api import microversions, query
from nova_ext.compute import rpcapi

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclasses.dataclass(frozen=True)
class Request:
    """What a controller gets of a request."""

    #: nova.context.RequestContext of the caller.
    context: Any
    #: The nova-ext version that was negotiated.
    version: microversion_parse.Version
    #: Variables of the route's path, such as ``server_id``.
    path: dict[str, str]
    #: nova-ext's query parameters, each with all its values.
    query: dict[str, list[str]]
    #: nova.api.openstack.wsgi.Request with the other parameters, for Nova's own controllers.
    nova: Any = None

    def has(self, version: str) -> bool:
        """Whether the version that was negotiated is this one or a newer one."""
        return bool(self.version >= microversion_parse.parse_version_string(version))


@dataclasses.dataclass(frozen=True)
class Route:
    """One operation of the API."""

    #: HTTP method.
    method: str
    #: Path below the endpoint, with variables in braces: ``/servers/{server_id}/diagnostics``.
    path: str
    #: What nova-ext's query parameters may be.
    query_schema: query.Schema
    #: Takes the request, returns the response's body.
    #: Raises webob.exc.HTTPException or an exception of Nova's.
    handler: Callable[[Request], dict[str, Any]]
    #: Whether it is one of Nova's operations, whose own query parameters are Nova's to check.
    extends_nova: bool = False
    #: The version that a query parameter needs, where that is not the first.
    query_versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: The version that the operation came with; in an older one its path is as unknown as to Nova.
    min_version: str = microversions.MIN_VERSION

    def is_in(self, version: microversion_parse.Version) -> bool:
        """Whether a version has the operation."""
        return bool(version >= microversion_parse.parse_version_string(self.min_version))


@dataclasses.dataclass(frozen=True)
class StockRoute:
    """One of Nova's operations that nova-ext answers as Nova does."""

    #: HTTP method.
    method: str
    #: Path below the endpoint, as in :class:`Route`.
    path: str
    #: Takes the request's WSGI environment and the variables of the path, returns what answers.
    make: Callable[[dict[str, Any], dict[str, str]], WSGIApp]


class Controller(abc.ABC):
    """Answers the requests for one resource. Found in the group ``nova_ext.api.controllers``."""

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        """Keep what the controllers of a process share.

        :param conf: Nova's configuration with the group ``nova_ext``
        :param authority: decides what a caller may do
        :param client: asks compute hosts
        """
        self._conf = conf
        self._policy = authority
        self._rpc = client

    @abc.abstractmethod
    def routes(self) -> Iterable[Route]:
        """The operations that this controller answers."""

    def stock_routes(self) -> Iterable[StockRoute]:
        """The operations that it answers for requests without a nova-ext version, too."""
        return ()
