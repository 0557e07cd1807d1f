# SPDX-License-Identifier: Apache-2.0
"""``GET /os-hypervisors/{hypervisor_id}/diagnostics``: the servers of one host."""

from __future__ import annotations

import time
import urllib.parse
from typing import Any

import ddt
from nova import exception as nova_exception

from tests.unit.api.functional import host_diagnostics_base as base


@ddt.ddt
class TestShow(base.HostDiagnosticsTestCase):
    timeout = 1.0

    def path(self, host: str, query: str = '') -> str:
        """Return the path for a host's hypervisor."""
        for node in self.get_json('/os-hypervisors/detail', base.VERSION)['hypervisors']:
            if node['service']['host'] == host:
                return f'/os-hypervisors/{node["id"]}/diagnostics{query}'
        raise AssertionError(host)

    def test_servers_of_the_host_alone_are_told(self) -> None:
        host, other = self.start_host(), self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        self.cloud.add_server(other.name)
        body = self.get_json(self.path(host.name), base.VERSION)
        self.assertEqual({'diagnostics'}, set(body))
        self.assertEqual(servers, [one['server_id'] for one in body['diagnostics']])
        self.assertEqual(([servers], []), (host.asked, other.asked))

    def test_host_of_the_same_name_in_another_cell_is_another(self) -> None:
        self.cloud.add_cell()
        host = self.start_host()
        self.cloud.add_hypervisor(host.name, cell='cell2', mapped=False)
        server = self.cloud.add_server(host.name)
        self.cloud.add_server(host.name, cell='cell2')
        self.assertEqual([server], self.list_ids(path=self.path(host.name)))

    def test_number_of_the_hypervisor_is_taken_too(self) -> None:
        host = self.start_host()
        server = self.cloud.add_server(host.name)
        node, = self.get_json('/os-hypervisors', 'compute 2.1, nova-ext 1.2')['hypervisors']
        self.assertEqual(
            [server], self.list_ids(path=f'/os-hypervisors/{node["id"]}/diagnostics'))

    def test_bare_metal_has_the_servers_of_the_node(self) -> None:
        host = self.start_host()
        nodes = [self.cloud.add_node(
            host.name, hypervisor_type='ironic', hypervisor_hostname=f'node{number}')
            for number in range(2)]
        servers = [self.cloud.add_server(host.name, node=f'node{number}') for number in range(2)]
        for node, server in zip(nodes, servers):
            self.assertEqual([server], self.list_ids(path=f'/os-hypervisors/{node}/diagnostics'))

    def test_host_with_one_hypervisor_has_servers_that_know_it_by_another_name(self) -> None:
        host = self.start_host()
        server = self.cloud.add_server(host.name, node='name.of.before')
        self.assertEqual([server], self.list_ids(path=self.path(host.name)))

    def test_failures_of_the_host_are_told(self) -> None:
        host = self.start_host()
        self.cloud.add_server(host.name)
        for failures in ({}, {'console_log': 2, 'metadata': 0}):
            host.failures = failures
            for path in (base.LIST, self.path(host.name)):
                body = self.get_json(path, base.VERSION)
                self.assertEqual({host.name: failures} if failures else None,
                                 body.get('host_failures'))

    def test_pages(self) -> None:
        host = self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        path = self.path(host.name)
        body = self.get_json(f'{path}?limit=2', base.VERSION)
        self.assertEqual(servers[:2], [one['server_id'] for one in body['diagnostics']])
        parts = urllib.parse.urlsplit(body['diagnostics_links'][0]['href'])
        self.assertEqual(f'/v2.1{path}', parts.path)
        self.assertEqual(servers[2:], self.list_ids(f'?{parts.query}', path))
        self.assertEqual(
            {'limit': ['2'], 'marker': [servers[1]]}, urllib.parse.parse_qs(parts.query))

    def test_host_without_servers_is_asked_what_has_failed(self) -> None:
        host = self.start_host()
        host.failures = {'console_log': 2}
        body = self.get_json(self.path(host.name), base.VERSION)
        self.assertEqual(([], {host.name: {'console_log': 2}}),
                         (body['diagnostics'], body['host_failures']))
        self.assertEqual([[]], host.asked)

    def test_host_without_servers_that_is_down_is_unavailable(self) -> None:
        host = self.add_host(forced_down=True)
        self.assertIn('forced it down', self.read_error(self.path(host.name), 503))

    def test_page_ends_where_there_was_no_more_time(self) -> None:
        host = self.start_host()
        host.most = 2
        servers = sorted(self.cloud.add_server(host.name) for _ in range(5))
        host.errors_later = [None, nova_exception.HypervisorUnavailable()]
        path = self.path(host.name)
        body = self.get_json(path, base.VERSION)
        self.assertEqual(servers[:2], [one['server_id'] for one in body['diagnostics']])
        parts = urllib.parse.urlsplit(body['diagnostics_links'][0]['href'])
        self.assertEqual({'marker': [servers[1]]}, urllib.parse.parse_qs(parts.query))
        self.assertEqual(servers[2:], self.list_ids(f'?{parts.query}', path))

    @ddt.data(({'forced_down': True}, 'an operator has forced it down.'),
              ({'silent': True}, 'nova-compute was last seen up'))
    @ddt.unpack
    def test_host_that_is_down_is_unavailable(
            self, service: dict[str, Any], reason: str) -> None:
        host = self.start_host(**service)
        self.cloud.add_server(host.name)
        message = self.read_error(self.path(host.name), 503)
        self.assertTrue(message.startswith(f'Compute host {host.name} is unavailable: {reason}'))
        self.assertEqual([], host.asked)

    def test_host_that_does_not_answer_is_asked_each_time(self) -> None:
        host = self.add_host()
        self.cloud.add_server(host.name)
        path = self.path(host.name)
        for _ in range(2):
            began = time.monotonic()
            self.assertEqual(
                f'Compute host {host.name} is unavailable: nova-compute did not answer within '
                '1 s.', self.read_error(path, 503))
            self.assertGreater(time.monotonic() - began, 0.9)

    def test_host_without_the_plugin_is_unavailable(self) -> None:
        host = self.add_host()
        self.answer(host.name)
        self.cloud.add_server(host.name)
        self.assertIn('it runs without nova-ext', self.read_error(self.path(host.name), 503))

    @ddt.data('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', '99', 'abc', '1-2', '-', '9' * 400, '0')
    def test_unknown_hypervisor_is_not_found(self, node: str) -> None:
        self.start_host()
        self.assertEqual(
            f"Hypervisor with ID '{node}' could not be found.",
            self.read_error(f'/os-hypervisors/{node}/diagnostics', 404))

    def test_hypervisor_in_a_cell_that_does_not_answer_is_unavailable(self) -> None:
        self.cloud.add_cell()
        host, other = self.start_host(), self.start_host('cell2')
        self.cloud.add_server(host.name)
        server = self.cloud.add_server(other.name, cell='cell2')
        paths = [self.path(one.name) for one in (host, other)]
        self.cloud.break_cell('cell1')
        self.assertIn('cell1', self.read_error(paths[0], 503))
        self.assertEqual([server], self.list_ids(path=paths[1]))

    @ddt.data('host=x', 'limit=0', 'marker=1', 'project_id=x')
    def test_bad_query_is_refused(self, query: str) -> None:
        host = self.start_host()
        self.assertIn(query.partition('=')[0], self.read_error(
            self.path(host.name, f'?{query}'), 400))
