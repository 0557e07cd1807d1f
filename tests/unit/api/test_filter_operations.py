# SPDX-License-Identifier: Apache-2.0
"""Operations of nova-ext's own, as the filter has a controller answer them."""

from __future__ import annotations

import json

import ddt
import webob
from nova import exception as nova_exception
from nova.api.openstack import api_version_request
from webob import exc

from nova_ext.api import microversions
from tests.unit import support
from tests.unit.api import base


@ddt.ddt
class TestAnswers(base.FilterTestCase):
    @ddt.data(
        ('nova-ext 1.0', '2.1'), ('compute 2.90, nova-ext 1.0', '2.90'),
        ('nova-ext 1.0, compute 2.48', '2.48'))
    @ddt.unpack
    def test_answer_names_both_versions(self, requested: str, compute: str) -> None:
        response = self.send(self.make_filter(), requested, '/things/7?name=a&name=b')
        self.assertEqual(200, response.status_int)
        self.assertEqual('application/json', response.content_type)
        self.assertEqual({
            'caller': 'user', 'version': '1.0', 'path': {'thing_id': '7'},
            'query': {'name': ['a', 'b']}}, response.json_body)
        self.assertEqual(
            [f'compute {compute}, nova-ext 1.0'], response.headers.getall(base.HEADER))
        self.assertEqual([compute], response.headers.getall(base.LEGACY_HEADER))
        self.assertEqual(
            [base.HEADER, base.LEGACY_HEADER], response.headers.getall('Vary'))

    def test_latest_versions_are_named_as_numbers(self) -> None:
        newest = api_version_request.max_api_version().get_string()
        response = self.send(self.make_filter(), 'compute latest, nova-ext latest')
        self.assertEqual(
            f'compute {newest}, nova-ext {microversions.MAX_VERSION}',
            response.headers[base.HEADER])

    def test_legacy_header_of_nova_selects_the_compute_version(self) -> None:
        response = self.send(
            self.make_filter(), 'nova-ext 1.0', headers={base.LEGACY_HEADER: '2.53'})
        self.assertEqual('compute 2.53, nova-ext 1.0', response.headers[base.HEADER])

    def test_compute_version_is_available_to_the_request_log_of_nova(self) -> None:
        request = webob.Request.blank(
            '/things/7', headers={base.HEADER: 'compute 2.53, nova-ext 1.0'})
        request.environ['nova.context'] = support.context()
        request.get_response(self.make_filter())
        version = request.environ['webob.adhoc_attrs']['api_version_request']
        self.assertEqual('2.53', version.get_string())

    def test_body_may_contain_any_character_and_null(self) -> None:
        body = {'name': '\xe9\u4e16', 'none': None}
        response = self.send(self.make_filter(lambda request: body), 'nova-ext 1.0')
        self.assertEqual(
            {'name': '\xe9\u4e16', 'none': None}, json.loads(response.body.decode('utf-8')))


@ddt.ddt
class TestErrors(base.FilterTestCase):
    def test_malformed_compute_version_is_a_bad_request(self) -> None:
        response = self.send(self.make_filter(base.uncalled), 'compute 2.x, nova-ext 1.0')
        kind, code, message = self.read_fault(response)
        self.assertEqual(('badRequest', 400), (kind, code))
        self.assertIn('2.x', message)
        self.assertEqual('nova-ext 1.0', response.headers[base.HEADER])

    @ddt.data('2.9999', '3.0', '1.1')
    def test_unsupported_compute_version_is_not_acceptable(self, version: str) -> None:
        response = self.send(
            self.make_filter(base.uncalled), f'compute {version}, nova-ext 1.0')
        kind, code, message = self.read_fault(response)
        self.assertEqual(('computeFault', 406), (kind, code))
        self.assertIn(version, message)
        self.assertIn(api_version_request.max_api_version().get_string(), message)
        self.assertIn(base.HEADER, response.headers.getall('Vary'))

    @ddt.data(
        (exc.HTTPNotFound(explanation='No such thing.'), 'itemNotFound', 404, 'No such thing.'),
        (exc.HTTPConflict(explanation='Not now.'), 'conflictingRequest', 409, 'Not now.'),
        (exc.HTTPServiceUnavailable(explanation='Down.'), 'serviceUnavailable', 503, 'Down.'),
        (nova_exception.PolicyNotAuthorized(action='nova_ext:things:show'), 'forbidden', 403,
         "Policy doesn't allow nova_ext:things:show to be performed."),
        (nova_exception.InvalidInput(reason='odd'), 'badRequest', 400,
         'Invalid input received: odd'))
    @ddt.unpack
    def test_error_of_handler_has_the_form_of_nova_and_names_both_versions(
            self, error: Exception, kind: str, code: int, message: str) -> None:
        response = self.send(
            self.make_filter(base.raising(error)), 'compute 2.90, nova-ext 1.0')
        self.assertEqual((kind, code, message), self.read_fault(response))
        self.assertEqual(
            ['compute 2.90, nova-ext 1.0'], response.headers.getall(base.HEADER))
        self.assertEqual(['2.90'], response.headers.getall(base.LEGACY_HEADER))
        self.assertEqual(
            [base.HEADER, base.LEGACY_HEADER], response.headers.getall('Vary'))

    def test_unexpected_error_is_left_to_the_fault_wrapper_of_nova(self) -> None:
        with self.assert_raises(RuntimeError, 'unexpected'):
            self.send(self.make_filter(base.raising(RuntimeError('unexpected'))), 'nova-ext 1.0')

    def test_unknown_query_parameter_is_a_bad_request(self) -> None:
        response = self.send(
            self.make_filter(base.uncalled), 'nova-ext 1.0', '/things/7?colour=red')
        self.assertEqual(
            ('badRequest', 400, "Unknown query parameter 'colour'. Known here: name."),
            self.read_fault(response))
