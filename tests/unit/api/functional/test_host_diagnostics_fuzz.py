# SPDX-License-Identifier: Apache-2.0
"""Whatever a query says, the answer is a page or one clear sentence."""

from __future__ import annotations

import urllib.parse

import hypothesis
from hypothesis import strategies as st

from nova_ext.compute import endpoints
from nova_ext.hosts.status import HostStatus
from tests.unit.api.functional import host_diagnostics_base as base

NAMES = ['limit', 'marker', 'host', 'project_id', 'host_status']

#: What somebody may mean, and what nobody does.
VALUES = st.one_of(
    st.text(max_size=40), st.integers().map(str), st.uuids().map(str),
    st.sampled_from([status.value for status in HostStatus]),
    st.sampled_from(['', '0', '1', '00', '1e3', '%', "'", 'a' * 300, 'host-0', '\0', '\ud83d']))

QUERIES = st.lists(
    st.tuples(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), VALUES), max_size=5)


class TestFuzz(base.HostDiagnosticsTestCase):
    def setUp(self) -> None:
        super().setUp()
        host = self.start_host()
        self.cloud.add_server(host.name)
        node = self.cloud.add_hypervisor('other')
        self.answer('other', endpoints.HostDiagnosticsEndpoint(host, host))
        self.paths = [base.LIST, f'/os-hypervisors/{node}/diagnostics']

    @hypothesis.settings(
        max_examples=150, deadline=None, database=None,
        suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(queries=QUERIES)
    def test_no_query_is_a_server_error(self, queries: list[tuple[str, str]]) -> None:
        query = urllib.parse.urlencode(queries, errors='surrogatepass')
        for path in self.paths:
            response = self.get(f'{path}?{query}', base.VERSION)
            if response.status_int == 200:
                self.assertIn('diagnostics', response.json_body)
            else:
                self.assertEqual(400, response.status_int, response.text)
                self.assertTrue(response.json_body['badRequest']['message'])

    @hypothesis.settings(
        max_examples=100, deadline=None, database=None,
        suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(query=st.text(st.characters(min_codepoint=33, max_codepoint=126)))
    def test_no_raw_query_is_a_server_error(self, query: str) -> None:
        for path in self.paths:
            response = self.get(f'{path}?{query.replace("#", "")}', base.VERSION)
            self.assertIn(response.status_int, (200, 400))

    @hypothesis.settings(
        max_examples=100, deadline=None, database=None,
        suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(node=st.text(st.sampled_from('0123456789abcdefABCDEF-'), min_size=1))
    def test_no_hypervisor_id_is_a_server_error(self, node: str) -> None:
        response = self.get(f'/os-hypervisors/{node}/diagnostics', base.VERSION)
        self.assertIn(response.status_int, (200, 404))
