# SPDX-License-Identifier: Apache-2.0
"""OpenMetrics in place of JSON, for those who prefer it."""

from __future__ import annotations

import importlib.util
from typing import Any, Optional

import ddt
import webob

from nova_ext.api import openmetrics
from nova_ext.api.controllers import base as controllers_base
from tests.unit.api import base
from tests.unit.openmetrics import entries, parsing

CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

#: What Prometheus of Debian 12, and Prometheus 3, send.
PROMETHEUS_2 = ('application/openmetrics-text;version=1.0.0,application/openmetrics-text;'
                'version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1')
PROMETHEUS_3 = ('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,'
                'application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;'
                'escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2')


@ddt.ddt
class TestOpenMetrics(base.FilterTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.body: dict[str, Any] = {'diagnostics': [entries.make_entry()]}

    def ask(self, accept: Optional[str], handler: Any = None) -> webob.Response:
        """Ask an operation that returns :attr:`body`."""
        return self.send(
            self.make_filter(openmetrics.negotiated(handler or (lambda request: self.body))),
            'nova-ext 1.2', headers=None if accept is None else {'Accept': accept})

    @ddt.data(
        'application/openmetrics-text', 'Application/OpenMetrics-Text; version=1.0.0',
        'application/openmetrics-text;version="1.0.0";q=0.3', PROMETHEUS_2, PROMETHEUS_3,
        'application/json;q=0.5,application/openmetrics-text;q=0.6')
    def test_client_that_prefers_it_gets_it(self, accept: str) -> None:
        response = self.ask(accept)
        self.assertEqual([CONTENT_TYPE], response.headers.getall('Content-Type'))
        self.assertEqual(1, parsing.value(response.body, 'nova_server_up', host='compute1'))
        self.assertEqual({'Accept', base.HEADER, base.LEGACY_HEADER},
                         set(response.headers.getall('Vary')))
        self.assertEqual('compute 2.1, nova-ext 1.2', response.headers[base.HEADER])

    @ddt.data(
        None, '', '*/*', 'application/json', 'application/openmetrics-text, application/json',
        'application/openmetrics-text, */*', 'application/openmetrics-text;q=0', 'text/plain',
        'application/openmetrics-text; version=0.0.1', 'no header;;', '/', ',', 'a/b;q=x')
    def test_all_others_get_json(self, accept: Optional[str]) -> None:
        response = self.ask(accept)
        self.assertEqual((200, 'application/json'), (response.status_int, response.content_type))
        self.assertEqual(self.body, response.json_body)
        self.assertIn('Accept', response.headers.getall('Vary'))

    def test_next_page_is_a_header(self) -> None:
        self.body['diagnostics_links'] = [{'rel': 'next', 'href': 'http://nova/x?marker=7'}]
        self.assertEqual('<http://nova/x?marker=7>; rel="next"',
                         self.ask('application/openmetrics-text').headers['Link'])

    def test_what_is_missing_is_told(self) -> None:
        self.body.update(missing_hosts={'compute7': 'no answer'}, down_cells={'c2': ''})
        text = self.ask('application/openmetrics-text').body
        self.assertEqual(0, parsing.value(text, 'nova_host_responding', host='compute7'))
        self.assertEqual(0, parsing.value(text, 'nova_cell_responding', cell='c2'))

    def test_it_is_refused_in_a_sentence_where_it_cannot_be_written(self) -> None:
        self.patch(importlib.util, 'find_spec', lambda name: None)
        response = self.ask('application/openmetrics-text', base.uncalled)
        _, code, message = self.read_fault(response)
        self.assertEqual(406, code)
        self.assertIn('prometheus_client is not installed', message)
        self.assertEqual(200, self.ask(None).status_int)

    def test_errors_stay_json(self) -> None:
        error = webob.exc.HTTPServiceUnavailable(explanation='compute1 is down.')
        response = self.ask('application/openmetrics-text', base.raising(error))
        self.assertEqual('compute1 is down.', self.read_fault(response)[2])

    def test_any_handler_may_return_bytes_and_headers(self) -> None:
        answer = controllers_base.Answer(b'\xff', 'application/octet-stream', (('X-A', '1'),))
        response = self.send(self.make_filter(lambda request: answer), 'nova-ext 1.2')
        self.assertEqual((b'\xff', 'application/octet-stream', '1'), (
            response.body, response.headers['Content-Type'], response.headers['X-A']))
