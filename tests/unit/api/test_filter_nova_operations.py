# SPDX-License-Identifier: Apache-2.0
"""Operations of Nova's that a controller extends, or answers in place of Nova."""

from __future__ import annotations

from typing import Any, Optional

import ddt
import webob

from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import query, router
from nova_ext.api.controllers import base as controllers_base
from tests.unit import support
from tests.unit.api import base


@ddt.ddt
class TestExtendedOperation(base.FilterTestCase):
    def make_extending_filter(self, handler: base.Handler) -> nova_ext_filter.Filter:
        """Make a filter that adds the parameter ``mine`` of version 1.1 to ``GET /servers``."""
        schema = query.Schema({'type': 'object', 'properties': {
            'mine': {'type': 'array', 'items': {'enum': ['a', 'b']}}}})
        return nova_ext_filter.Filter(self.stock, router.Router([controllers_base.Route(
            'GET', '/servers', schema, handler, extends_nova=True,
            query_versions={'mine': '1.1'})]))

    def test_query_parameters_of_nova_are_left_unchanged(self) -> None:
        def handler(request: controllers_base.Request) -> dict[str, Any]:
            received.append(request)
            return {}

        received: list[controllers_base.Request] = []
        response = self.send(
            self.make_extending_filter(handler), 'compute 2.53, nova-ext 1.1',
            '/servers?name=%C3%A9&mine=a&x=%zz&m%69ne=b&limit=1')
        self.assertEqual(200, response.status_int)
        request, = received
        self.assertEqual({'mine': ['a', 'b']}, request.query)
        self.assertEqual('name=%C3%A9&x=%zz&limit=1', request.nova.environ['QUERY_STRING'])
        self.assertEqual('2.53', request.nova.api_version_request.get_string())
        self.assertIs(request.context, request.nova.environ['nova.context'])

    @ddt.data(
        ('1.0', 'mine=a', "The query parameter 'mine' needs nova-ext 1.1"),
        ('1.1', 'mine=c', 'Invalid query parameter mine'),
        ('1.1', 'mine=%ff', 'cannot be read'))
    @ddt.unpack
    def test_invalid_added_query_parameter_is_a_bad_request(
            self, version: str, asked: str, expected: str) -> None:
        response = self.send(
            self.make_extending_filter(base.uncalled), f'nova-ext {version}', f'/servers?{asked}')
        kind, code, message = self.read_fault(response)
        self.assertEqual(('badRequest', 400), (kind, code))
        self.assertIn(expected, message)

    def test_path_may_begin_with_the_project_of_the_caller(self) -> None:
        application = self.make_extending_filter(lambda request: {'path': request.path})
        response = self.send(application, 'nova-ext 1.0', f'/{support.PROJECT}/servers')
        self.assertEqual({'path': {}}, response.json_body)

    def test_path_with_another_project_is_a_bad_request(self) -> None:
        response = self.send(
            self.make_extending_filter(base.uncalled), 'nova-ext 1.0', f'/{"c" * 32}/servers')
        self.assertEqual((
            'badRequest', 400,
            f"The project {'c' * 32} in the request's URL is not the caller's "
            f'({support.PROJECT}).'), self.read_fault(response))


@ddt.ddt
class TestStockRoute(base.FilterTestCase):
    """Requests without a nova-ext version, some of which a controller answers as Nova would."""

    def setUp(self) -> None:
        super().setUp()
        #: Requests that were answered by the stock route: environments and path variables.
        self.answered: list[tuple[dict[str, Any], dict[str, str]]] = []
        path = '/things/{id}'
        self.filter = nova_ext_filter.Filter(
            self.stock,
            router.Router([controllers_base.Route(
                'GET', path, query.NOTHING, lambda request: {'version': True})]),
            router.Router([controllers_base.StockRoute('GET', path, self.make_answer)]))

    def make_answer(self, environ: dict[str, Any], path: dict[str, str]) -> Any:
        self.answered.append((environ, path))
        return webob.Response(b'{"ours": true}')

    @ddt.data(None, 'compute 2.90', 'compute nonsense')
    def test_request_without_version_is_answered_by_stock_route(
            self, version: Optional[str]) -> None:
        response = self.send(self.filter, version, '/things/7?a=%ff')
        self.assertEqual(b'{"ours": true}', response.body)
        self.assertNotIn(base.HEADER, response.headers)
        (environ, path), = self.answered
        self.assertEqual({'id': '7'}, path)
        self.assertEqual('a=%ff', environ['QUERY_STRING'])

    def test_request_with_version_is_answered_by_route(self) -> None:
        response = self.send(self.filter, 'nova-ext 1.0', '/things/7')
        self.assertEqual({'version': True}, response.json_body)
        self.assertEqual([], self.answered)

    def test_request_with_unsupported_version_is_not_acceptable(self) -> None:
        self.assertEqual(406, self.send(self.filter, 'nova-ext 9.9', '/things/7').status_int)
        self.assertEqual([], self.answered)

    @ddt.data(
        {'path': '/things'},
        {'path': '/things/7', 'environ': {'openstack.legacy_v2': True}},
        {'path': '/things/7', 'method': 'POST'})
    def test_other_path_legacy_v2_or_other_method_is_passed_to_nova(
            self, request: dict[str, Any]) -> None:
        response = webob.Request.blank(**request).get_response(self.filter)
        self.assertEqual(b'{"stock": true}', response.body)
        self.assertEqual([], self.answered)
