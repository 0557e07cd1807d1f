# SPDX-License-Identifier: Apache-2.0
"""What the tests of the paste filter share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Optional, Union

import webob

from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import query, router
from nova_ext.api.controllers import base as controllers_base
from tests.unit import base, support

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'

Handler = Callable[
    [controllers_base.Request], Union[dict[str, Any], controllers_base.Answer]]


class StockApplication:
    """Nova's own application, as far as the filter can tell."""

    body = (b'{"stock": true}',)

    def __init__(self) -> None:
        self.environ: Optional[dict[str, Any]] = None
        self.start_response: Optional[Callable[..., Any]] = None

    def __call__(
            self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.environ = environ
        self.start_response = start_response
        start_response('202 Accepted', [
            ('Content-Type', 'application/json'), (HEADER, 'compute 2.90'),
            (LEGACY_HEADER, '2.90'), ('Vary', HEADER), ('Vary', LEGACY_HEADER)])
        return self.body


def show(request: controllers_base.Request) -> dict[str, Any]:
    """Answer with what the handler received."""
    return {'caller': request.context.user_id, 'version': str(request.version),
            'path': request.path, 'query': request.query}


def uncalled(request: controllers_base.Request) -> dict[str, Any]:
    """Fail the test: Nova or the filter itself should have answered."""
    raise AssertionError('the handler was called')


def raising(error: Exception) -> Handler:
    """Return a handler that raises an error."""
    def handler(request: controllers_base.Request) -> dict[str, Any]:
        raise error

    return handler


class FilterTestCase(base.TestCase):
    """A filter over :attr:`stock`."""

    def setUp(self) -> None:
        super().setUp()
        self.stock = StockApplication()

    def make_filter(self, handler: Handler = show) -> nova_ext_filter.Filter:
        """Make a filter with one operation, ``GET /things/{thing_id}``."""
        schema = query.Schema({'type': 'object', 'properties': {'name': {'type': 'array'}}})
        return nova_ext_filter.Filter(
            self.stock,
            router.Router([controllers_base.Route('GET', '/things/{thing_id}', schema, handler)]))

    def send(
            self, application: Any, version: Optional[str], path: str = '/things/7',
            headers: Optional[dict[str, str]] = None) -> webob.Response:
        """Send a GET request of an ordinary member."""
        request = webob.Request.blank(path, headers=headers or {})
        if version is not None:
            request.headers[HEADER] = version
        request.environ['nova.context'] = support.context()
        return request.get_response(application)

    def read_fault(self, response: webob.Response) -> tuple[str, int, str]:
        """Return the kind, code and message of an error, which must have Nova's form."""
        self.assertEqual('application/json', response.content_type)
        (kind, content), = response.json_body.items()
        self.assertEqual(response.status_int, content['code'])
        return kind, content['code'], content['message']
