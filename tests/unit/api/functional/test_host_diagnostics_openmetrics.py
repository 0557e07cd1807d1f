# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many servers as OpenMetrics, from Nova's databases to the text."""

from __future__ import annotations

import ddt
import webob

from tests.unit.api.functional import host_diagnostics_base as base
from tests.unit.openmetrics import parsing

ACCEPT = {'Accept': 'application/openmetrics-text; version=1.0.0'}


@ddt.ddt
class TestOpenMetrics(base.HostDiagnosticsTestCase):
    timeout = 1.0

    def get_metrics(self, path: str) -> webob.Response:
        """Ask for OpenMetrics."""
        response = self.get(path, base.VERSION, headers=ACCEPT)
        self.assertEqual(200, response.status_int, response.text)
        self.assertEqual('application/openmetrics-text; version=1.0.0; charset=utf-8',
                         response.headers['Content-Type'])
        return response

    def paths(self) -> tuple[str, str]:
        """Return the paths of both operations, for the one hypervisor that there is."""
        [node] = self.get_json('/os-hypervisors', base.VERSION)['hypervisors']
        return base.LIST, f'/os-hypervisors/{node["id"]}/diagnostics'

    def test_both_operations_tell_what_json_does(self) -> None:
        host = self.start_host()
        servers = [self.cloud.add_server(host.name, display_name='a "b"') for _ in range(2)]
        host.hung.add(servers[0])
        for path in self.paths():
            text = self.get_metrics(path).body
            for server, responding in zip(servers, (0, 1)):
                self.assertEqual(responding, parsing.value(
                    text, 'nova_server_responding', server=server, server_name='a "b"',
                    host=host.name))

    def test_next_page_is_in_a_header(self) -> None:
        host = self.start_host()
        servers = {self.cloud.add_server(host.name) for _ in range(3)}
        for path in self.paths():
            found: set[str] = set()
            page = f'{path}?limit=2'
            for number in (2, 1):
                response = self.get_metrics(page)
                told = {dict(labels)['server'] for labels in parsing.values(
                    response.body, 'nova_server_up')}
                self.assertEqual(number, len(told))
                found |= told
                link = response.headers.get('Link')
                self.assertEqual(number == 2, link is not None)
                if link:
                    self.assertTrue(link.endswith('>; rel="next"'), link)
                    page = f'{path}?{link[1:].partition(">")[0].partition("?")[2]}'
            self.assertEqual(servers, found)

    def test_failures_of_hosts_are_told(self) -> None:
        host = self.start_host()
        self.cloud.add_server(host.name)
        host.failures = {'console_log': 2, 'metadata': 0, 'of a newer host': 7}
        for path in self.paths():
            text = self.get_metrics(path).body
            for name, number in (('console_log', 2), ('metadata', 0)):
                self.assertEqual(number, parsing.value(
                    text, f'nova_host_{name}_failures_total', host=host.name))

    def test_host_that_is_silent_is_told(self) -> None:
        host = self.add_host()
        self.cloud.add_server(host.name)
        text = self.get_metrics(base.LIST).body
        self.assertEqual(0, parsing.value(text, 'nova_host_responding', host=host.name))

    def test_error_is_json(self) -> None:
        self.start_host()
        for path in self.paths():
            message = self.read_error(f'{path}?limit=x', 400, headers=ACCEPT)
            self.assertTrue(message)
