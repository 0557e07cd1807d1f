# SPDX-License-Identifier: Apache-2.0
"""``host_status`` of servers in a cell that does not answer any more."""

from __future__ import annotations

import itertools

import ddt

from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

LIST = '/servers/detail?all_tenants=1'


def server_in_each_of_two_cells(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Add a server in each of two cells."""
    cloud.add_cell()
    servers = {}
    for cell in ('cell1', 'cell2'):
        cloud.add_host(f'in-{cell}', cell=cell)
        servers[cell] = cloud.add_server(f'in-{cell}', cell=cell)
    return servers


@ddt.ddt
class TestHostStatusWithDownCell(base.ServersTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(server_in_each_of_two_cells)
        self.cloud.load_cells()
        self.cloud.break_cell('cell2')

    @ddt.data(*itertools.product(('2.69', '2.90', 'latest'), ('1.0', '1.1')))
    @ddt.unpack
    def test_server_known_to_api_database_only_has_unknown_status(
            self, compute: str, version: str) -> None:
        servers = self.list_servers(LIST, f'compute {compute}, nova-ext {version}')
        self.assertEqual(
            {self.servers['cell1']: 'UP', self.servers['cell2']: 'UNKNOWN'},
            {server['id']: server['host_status'] for server in servers})

    @ddt.data('2.1', '2.68')
    def test_server_is_left_out_where_nova_leaves_it_out(self, compute: str) -> None:
        self.assertEqual(
            [self.servers['cell1']], self.list_ids(LIST, f'compute {compute}, nova-ext 1.1'))

    @ddt.data(*itertools.product(
        ('/servers', '/servers/detail'),
        (('UNKNOWN', ['cell2']), ('UP', ['cell1']), ('DOWN', []))))
    @ddt.unpack
    def test_filter_by_unknown_finds_it(
            self, path: str, case: tuple[str, list[str]]) -> None:
        status, cells = case
        self.assertEqual(
            [self.servers[cell] for cell in cells],
            self.list_ids(f'{path}?all_tenants=1&host_status={status}',
                          'compute 2.90, nova-ext 1.1'))

    @ddt.data('2.1', '2.68')
    def test_showing_it_fails_as_long_as_the_cell_is_down(self, compute: str) -> None:
        response = self.get(
            f'/servers/{self.servers["cell2"]}', f'compute {compute}, nova-ext 1.0')
        self.assertEqual(503, response.status_int)
        self.assertIn(
            'is not responding', response.json_body['serviceUnavailable']['message'])

    @ddt.data('2.69', '2.90')
    def test_it_has_unknown_status_where_nova_shows_it(self, compute: str) -> None:
        server = self.servers['cell2']
        self.cloud.add_request_spec(server)
        shown = self.get_json(f'/servers/{server}', f'compute {compute}, nova-ext 1.1')['server']
        self.assertEqual('UNKNOWN', shown['status'])
        self.assertEqual('UNKNOWN', shown['host_status'])

    def test_server_of_another_cell_is_shown(self) -> None:
        shown = self.get_json(f'/servers/{self.servers["cell1"]}', 'compute 2.1, nova-ext 1.1')
        self.assertEqual('UP', shown['server']['host_status'])
