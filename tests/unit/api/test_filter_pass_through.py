# SPDX-License-Identifier: Apache-2.0
"""Requests that the filter passes on to Nova, or refuses before anyone handles them."""

from __future__ import annotations

import copy
import itertools
from typing import Any, Optional

import ddt
import webob

from nova_ext.api import microversions
from tests.unit.api import base

RANGE = f'{microversions.MIN_VERSION} and the maximum is {microversions.MAX_VERSION}'


@ddt.ddt
class TestPassThrough(base.FilterTestCase):
    @ddt.data(*itertools.product(
        ('/things/7', '/servers/detail'), ('GET', 'POST'),
        (None, 'compute 2.90', 'compute latest', 'compute nonsense')))
    @ddt.unpack
    def test_request_without_nova_ext_version_passes_through_unchanged(
            self, path: str, method: str, version: Optional[str]) -> None:
        request = webob.Request.blank(
            f'{path}?a=%ff&b', method=method, headers={'Accept': 'text/plain', 'X-Odd': '\xe9'},
            body=b'{"a": 1}' if method == 'POST' else b'')
        if version is not None:
            request.headers[base.HEADER] = version
        environ: dict[str, Any] = request.environ
        before = copy.copy(environ)

        def start_response(*args: Any) -> None:
            started.append(args)

        started: list[tuple[Any, ...]] = []
        body = self.make_filter()(environ, start_response)

        self.assertIs(base.StockApplication.body, body)
        self.assertIs(start_response, self.stock.start_response)
        self.assertEqual(1, len(started))
        self.assertIs(environ, self.stock.environ)
        # WebOb keeps a request's Python attributes there; Nova's own first request would, too.
        self.assertEqual({'api_version_request'}, environ.pop('webob.adhoc_attrs').keys())
        self.assertEqual(before, environ)

    @ddt.data('nova-ext 1.0', 'nova-ext 99.9', 'nova-ext nonsense')
    def test_legacy_v2_request_passes_through_unchanged(self, version: str) -> None:
        request = webob.Request.blank('/things/7', headers={base.HEADER: version})
        request.environ['openstack.legacy_v2'] = True
        before = copy.copy(request.environ)
        response = request.get_response(self.make_filter())
        self.assertEqual(202, response.status_int)
        self.assertEqual('compute 2.90', response.headers[base.HEADER])
        self.assertEqual(before, self.stock.environ)

    @ddt.data(
        ('GET', '/servers/detail'), ('GET', '/things'), ('HEAD', '/things/7'),
        ('POST', '/things/7'))
    @ddt.unpack
    def test_version_is_added_to_response_of_an_operation_of_nova(
            self, method: str, path: str) -> None:
        request = webob.Request.blank(
            path, method=method, headers={base.HEADER: 'compute 2.90, nova-ext 1.0'})
        response = request.get_response(self.make_filter(base.uncalled))
        self.assertEqual(202, response.status_int)
        self.assertEqual(b'{"stock": true}', response.body)
        self.assertEqual(
            ['compute 2.90, nova-ext 1.0'], response.headers.getall(base.HEADER))
        self.assertEqual(['2.90'], response.headers.getall(base.LEGACY_HEADER))
        self.assertEqual(
            [base.HEADER, base.LEGACY_HEADER], response.headers.getall('Vary'))


@ddt.ddt
class TestRefusedVersions(base.FilterTestCase):
    @ddt.data('/things/7', '/servers/detail')
    def test_unsupported_version_is_not_acceptable(self, path: str) -> None:
        response = self.send(
            self.make_filter(base.uncalled), 'compute 2.90, nova-ext 99.9', path)
        kind, code, message = self.read_fault(response)
        self.assertEqual(('computeFault', 406), (kind, code))
        self.assertIn('99.9', message)
        self.assertIn(RANGE, message)
        self.assertEqual([base.HEADER], response.headers.getall('Vary'))

    @ddt.data('/things/7', '/servers/detail')
    def test_malformed_version_is_a_bad_request(self, path: str) -> None:
        response = self.send(self.make_filter(base.uncalled), 'nova-ext one', path)
        kind, code, message = self.read_fault(response)
        self.assertEqual(('badRequest', 400), (kind, code))
        self.assertIn(f'nova-ext {microversions.MAX_VERSION}', message)
        self.assertEqual([base.HEADER], response.headers.getall('Vary'))
