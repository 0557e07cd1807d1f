# SPDX-License-Identifier: Apache-2.0
"""The paste filter: the last stop before Nova's own application.

A request without a nova-ext version goes through untouched, but for the operations that the
operator has nova-ext answer as Nova does. One with a version is answered by a controller when
its path is one of ours; otherwise Nova answers, and the version that was negotiated is added to
Nova's response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional

import microversion_parse
from nova import exception as nova_exception
from nova.api.openstack import wsgi
from oslo_log import log as logging
from oslo_serialization import jsonutils
from webob import exc

from nova_ext import conf as nova_ext_conf
from nova_ext import policy
from nova_ext.api import headers, microversions, query, renames, router
from nova_ext.api.controllers import base, discovery, loader
from nova_ext.compute import rpcapi
from nova_ext.nova_compat import api as nova_api

LOG = logging.getLogger(__name__)

WSGIApp = base.WSGIApp


def filter_factory(global_conf: dict[str, str], **local_conf: str) -> Callable[[WSGIApp], WSGIApp]:
    """Make the filter for ``[filter:nova_ext] use = egg:nova-ext#nova_ext``.

    :raises nova_ext.exception.ControllerNotFound: an enabled controller is not there
    """
    from nova import conf as nova_conf

    conf = nova_conf.CONF
    nova_ext_conf.register_opts(conf)
    client = rpcapi.ComputeAPI(conf.nova_ext.rpc_timeout)
    controllers = loader.load(conf, policy.Policy(conf), client)
    routes = [route for controller in controllers for route in controller.routes()]
    routes.extend(discovery.DiscoveryController(routes).routes())
    table = router.Router(routes)
    stock = router.Router(
        route for controller in controllers for route in controller.stock_routes())
    watcher = renames.Renames(client)

    def make(application: WSGIApp) -> WSGIApp:
        return Filter(application, table, stock, watcher)

    return make


class Filter:
    """Answers what is nova-ext's and passes on the rest."""

    def __init__(
            self, application: WSGIApp, table: router.Router[base.Route],
            stock: Optional[router.Router[base.StockRoute]] = None,
            watcher: Optional[renames.Renames] = None) -> None:
        self._application = application
        self._router = table
        self._stock = stock or router.Router[base.StockRoute](())
        self._renames = watcher

    def __call__(
            self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request or have Nova answer it."""
        if self._renames is not None:
            start_response = self._renames.watching(environ, start_response)
        if environ.get(nova_api.LEGACY_V2):  # such requests are never ours
            return self._application(environ, start_response)
        request = wsgi.Request(environ)
        try:
            version = microversions.requested_version(request.headers)
        except microversions.MalformedVersion as error:
            return _refuse(exc.HTTPBadRequest, error)(environ, start_response)
        except microversions.UnsupportedVersion as error:
            return _refuse(exc.HTTPNotAcceptable, error)(environ, start_response)
        operation = environ['REQUEST_METHOD'], environ.get('PATH_INFO', '')
        if version is None:
            stock = self._stock.match(*operation)
            answer = stock[0].make(environ, stock[1]) if stock else self._application
            return answer(environ, start_response)

        start_response = headers.announcing(start_response, version)
        match = self._router.match(*operation)
        if match is None or not match[0].is_in(version):
            return self._application(environ, start_response)
        try:
            return _answer(request, version, *match)(environ, start_response)
        except wsgi.Fault as fault:
            refusal: WSGIApp = fault
            return refusal(environ, start_response)


def _refuse(status: type[exc.HTTPException], error: ValueError) -> WSGIApp:
    """A response that says why the version will not do."""
    LOG.info('Refused a request: %s', error)
    fault: WSGIApp = wsgi.Fault(
        status(explanation=str(error), headers={'Vary': microversions.HEADER}))
    return fault


def _answer(
        request: wsgi.Request, version: microversion_parse.Version, route: base.Route,
        path: dict[str, str]) -> WSGIApp:
    """The response of one of our own operations.

    :raises nova.api.openstack.wsgi.Fault: the request failed, in words for the caller
    """
    with wsgi.ResourceExceptionHandler():
        _negotiate_compute(request)
        body = route.handler(_read(request, version, route, path))
    response = request.ResponseClass(
        body=jsonutils.dump_as_bytes(body), content_type='application/json', charset='UTF-8')
    headers.add_compute_version(response.headers, request.api_version_request.get_string())
    answer: WSGIApp = response
    return answer


def _read(
        request: wsgi.Request, version: microversion_parse.Version, route: base.Route,
        path: dict[str, str]) -> base.Request:
    """What a controller gets of a request.

    :raises webob.exc.HTTPBadRequest: its path or its query is wrong
    """
    context = request.environ['nova.context']
    project_id = path.pop('project_id', None)
    if project_id is not None and project_id != context.project_id:
        raise exc.HTTPBadRequest(
            explanation=f"The project {project_id} in the request's URL is not the caller's "
                        f'({context.project_id}).')
    ours, rest = request.environ.get('QUERY_STRING', ''), ''
    if route.extends_nova:
        ours, rest = query.split(ours, route.query_schema.names)
    asked = query.parse(ours, route.query_schema)
    query.check_versions(asked, route.query_versions, version)
    return base.Request(
        context=context, version=version, path=path, query=asked,
        nova=_without_query(request, rest))


def _without_query(request: wsgi.Request, rest: str) -> wsgi.Request:
    """The request as Nova's own controllers may see it."""
    nova_request = wsgi.Request({**request.environ, 'QUERY_STRING': rest})
    nova_request.set_api_version_request()
    return nova_request


def _negotiate_compute(request: wsgi.Request) -> None:
    """Hold the compute version to Nova's rules, and let Nova's request log see it."""
    try:
        request.set_api_version_request()
    except nova_exception.InvalidAPIVersionString as error:
        raise exc.HTTPBadRequest(explanation=error.format_message()) from error
    except nova_exception.InvalidGlobalAPIVersion as error:
        raise exc.HTTPNotAcceptable(explanation=error.format_message()) from error
