# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext/diagnostics``: the servers of many hosts."""

from __future__ import annotations

import urllib.parse

from tests.unit import support
from tests.unit.api.functional import host_diagnostics_base as base

UNKNOWN = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'


class TestList(base.HostDiagnosticsTestCase):
    def test_each_server_has_its_identity_and_all_fields_of_a_single_answer(self) -> None:
        host = self.start_host()
        server = self.cloud.add_server(host.name, display_name='vm1')
        host.hung = {self.cloud.add_server(host.name)}
        first, second = self.list_entries()
        self.assertEqual(
            {'server_id': server, 'server_name': 'vm1', 'project_id': support.PROJECT,
             'host': host.name, 'responding': True},
            {name: first[name] for name in list(first)[:5]})
        self.assertEqual(
            ('running', 'libvirt', 1, None),
            (first['state'], first['driver'], first['num_cpus'], first['guest_agent']))
        self.assertEqual(20, len(first))
        self.assertEqual(list(first), list(second))
        self.assertIs(False, second['responding'])

    def test_hosts_of_all_cells_are_asked_once_each(self) -> None:
        self.cloud.add_cell()
        hosts = [self.start_host(), self.start_host(), self.start_host('cell2')]
        servers = [self.cloud.add_server(host.name, cell=cell) for host, cell in zip(
            hosts * 2, ('cell1', 'cell1', 'cell2') * 2)]
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual({'diagnostics'}, set(body))
        self.assertEqual(sorted(servers), [one['server_id'] for one in body['diagnostics']])
        for host in hosts:
            self.assertEqual([2], [len(asked) for asked in host.asked])

    def test_servers_on_no_host_are_not_listed(self) -> None:
        host = self.start_host()
        self.cloud.add_server(None)
        self.cloud.delete_server(self.cloud.add_server(host.name))
        self.cloud.add_server(host.name, hidden=True)
        self.assertEqual([], self.list_ids())
        self.assertEqual([], host.asked)

    def test_filters_narrow_the_list(self) -> None:
        hosts = [self.start_host(), self.start_host(disabled=True), self.start_host()]
        servers = [self.cloud.add_server(host.name) for host in hosts]
        other = self.cloud.add_server(hosts[2].name, project_id='c' * 32)
        self.cloud.announce('true', hosts[2].name)
        for query, expected in (
                (f'host={hosts[0].name}', servers[:1]),
                (f'host={hosts[0].name}&host={hosts[1].name}', servers[:2]),
                ('host=nowhere', []),
                (f'project_id={"c" * 32}', [other]),
                (f'project_id={"c" * 32}&project_id={support.PROJECT}', [*servers, other]),
                (f'project_id={"c" * 32}&host={hosts[0].name}', []),
                ('host_status=UP', servers[:1]),
                ('host_status=MAINTENANCE', servers[1:2]),
                ('host_status=NEEDS_MAINTENANCE', [servers[2], other]),
                ('host_status=UP&host_status=MAINTENANCE', servers[:2]),
                (f'host_status=NEEDS_MAINTENANCE&project_id={support.PROJECT}', servers[2:]),
                ('host_status=UNKNOWN', []), ('host_status=DOWN', [])):
            self.assertEqual(sorted(expected), self.list_ids(f'?{query}'), query)

    def test_pages_lead_to_all_servers_in_the_order_of_their_ids(self) -> None:
        self.cloud.add_cell()
        hosts = {cell: self.start_host(cell) for cell in ('cell1', 'cell2')}
        servers = sorted(
            self.cloud.add_server(hosts[cell].name, cell=cell)
            for cell in ('cell1', 'cell2', 'cell2', 'cell1', 'cell2'))
        query, seen = f'?limit=2&project_id={support.PROJECT}', []
        while True:
            body = self.get_json(f'{base.LIST}{query}', base.VERSION)
            seen.append([one['server_id'] for one in body['diagnostics']])
            if 'diagnostics_links' not in body:
                break
            link, = body['diagnostics_links']
            self.assertEqual('next', link['rel'])
            parts = urllib.parse.urlsplit(link['href'])
            self.assertEqual('/v2.1/nova-ext/diagnostics', parts.path)
            query = f'?{parts.query}'
        self.assertEqual([servers[:2], servers[2:4], servers[4:]], seen)

    def test_marker_may_be_a_server_that_is_deleted_but_not_one_that_never_was(self) -> None:
        host = self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        self.cloud.delete_server(servers[1])
        self.assertEqual(servers[2:], self.list_ids(f'?marker={servers[1]}'))
        self.assertEqual(servers[2:], self.list_ids(f'?marker={servers[1].upper()}'))
        self.assertEqual(
            f'Marker {UNKNOWN} could not be found.',
            self.read_error(f'{base.LIST}?marker={UNKNOWN}', 400))

    def test_page_is_empty_where_nova_allows_no_server(self) -> None:
        self.conf.set_override('max_limit', 0, 'api')
        self.cloud.add_server(self.start_host().name)
        body = self.get_json(base.LIST, base.VERSION)
        self.assertEqual([], body['diagnostics'])
        self.assertNotIn('diagnostics_links', body)

    def test_page_has_no_more_servers_than_nova_allows(self) -> None:
        self.conf.set_override('max_limit', 2, 'api')
        host = self.start_host()
        servers = sorted(self.cloud.add_server(host.name) for _ in range(3))
        for query in ('', '?limit=3', '?limit=2'):
            body = self.get_json(f'{base.LIST}{query}', base.VERSION)
            self.assertEqual(servers[:2], [one['server_id'] for one in body['diagnostics']])
            self.assertIn('diagnostics_links', body)
        self.assertEqual(servers[:1], self.list_ids('?limit=1'))
