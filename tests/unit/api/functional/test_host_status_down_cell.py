# SPDX-License-Identifier: Apache-2.0
"""``host_status`` of servers in a cell that does not answer any more."""

from __future__ import annotations

import itertools

import ddt

from tests.fixtures import nova_cloud
from tests.unit import support
from tests.unit.api.functional import base

LIST = '/servers/detail?all_tenants=1'

VERSION = 'compute 2.1, nova-ext 1.1'

#: Seconds that requests wait for the cell that hangs.
CELL_TIMEOUT = 0.2


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
        shown = self.get_json(f'/servers/{self.servers["cell1"]}', VERSION)
        self.assertEqual('UP', shown['server']['host_status'])

    @ddt.data(*itertools.product(
        ('2.1', '2.68', '2.69', 'latest'),
        ('', '&host_status=DOWN', '&host_status=UNKNOWN', '&limit=5', '&limit=1')))
    @ddt.unpack
    def test_list_names_the_cell(self, compute: str, query: str) -> None:
        for path in ('/servers', '/servers/detail'):
            body = self.get_json(
                f'{path}?all_tenants=1{query}', f'compute {compute}, nova-ext 1.1')
            self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    def test_list_of_first_version_names_the_cell(self) -> None:
        body = self.get_json(LIST, 'compute 2.1, nova-ext 1.0')
        self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    def test_list_for_caller_who_may_see_no_status_is_novas(self) -> None:
        member = support.context()
        self.assertEqual(
            self.get_from_nova('/servers/detail', 'compute 2.1', context=member).json_body,
            self.get_json('/servers/detail', VERSION, context=member))

    @ddt.data(
        ('2.1', ''), ('2.1', '&host_status=DOWN'), ('2.1', '&host_status=UNKNOWN'),
        ('2.68', '&limit=5'), ('2.69', '&host_status=UP'), ('2.69', '&limit=5'),
        ('latest', '&host_status=DOWN&host_status=UP'))
    @ddt.unpack
    def test_list_is_refused_where_nova_is_configured_to(self, compute: str, query: str) -> None:
        self.conf.set_override('list_records_by_skipping_down_cells', False, 'api')
        for path in ('/servers', '/servers/detail'):
            response = self.get(
                f'{path}?all_tenants=1{query}', f'compute {compute}, nova-ext 1.1')
            self.assertEqual(503, response.status_int)
            self.assert_matches('not respon|not answer',
                                response.json_body['serviceUnavailable']['message'])

    @ddt.data('', '&host_status=UNKNOWN', '&host_status=UNKNOWN&host_status=DOWN')
    def test_list_with_servers_of_the_cell_is_never_refused(self, query: str) -> None:
        self.conf.set_override('list_records_by_skipping_down_cells', False, 'api')
        body = self.get_json(f'{LIST}{query}', 'compute 2.69, nova-ext 1.1')
        self.assertIn(self.servers['cell2'], [server['id'] for server in body['servers']])
        self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])


@ddt.ddt
class TestHostStatusWithSlowCell(base.ServersTestCase):
    """The cell answers Nova, but not within ``cell_timeout``."""

    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(server_in_each_of_two_cells)
        self.cloud.delete_server(
            self.cloud.add_server('in-cell2', cell='cell2'), cell='cell2')
        self.app = self.make_app(cell_timeout=CELL_TIMEOUT)
        self.enterContext(self.cloud.hanging('cell2', for_nova=False))

    @ddt.data('2.1', '2.69')
    def test_its_servers_have_unknown_status_and_the_cell_is_named(self, compute: str) -> None:
        body = self.get_json(LIST, f'compute {compute}, nova-ext 1.1')
        self.assertEqual(
            {self.servers['cell1']: 'UP', self.servers['cell2']: 'UNKNOWN'},
            {server['id']: server['host_status'] for server in body['servers']})
        self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    def test_its_deleted_servers_have_empty_status(self) -> None:
        for _ in range(2):  # the first request waits for the cell, the second does not
            server, = self.list_servers(f'{LIST}&deleted=true', VERSION)
            self.assertEqual('', server['host_status'])

    @ddt.data(*itertools.product(
        ('/servers', '/servers/detail'), ('2.1', '2.69'),
        (('UNKNOWN', ['cell2']), ('UP', ['cell1']), ('DOWN', []),
         ('UNKNOWN&host_status=UP', ['cell2', 'cell1']))))
    @ddt.unpack
    def test_filter_finds_its_servers_under_unknown_and_names_it(
            self, path: str, compute: str, case: tuple[str, list[str]]) -> None:
        statuses, cells = case
        body = self.get_json(f'{path}?all_tenants=1&host_status={statuses}',
                             f'compute {compute}, nova-ext 1.1')
        self.assertEqual([self.servers[cell] for cell in cells],
                         [server['id'] for server in body['servers']])
        self.assertEqual({self.cloud.cells['cell2'].uuid: 'cell2'}, body['down_cells'])

    @ddt.data('', '&host_status=DOWN')
    def test_list_is_refused_where_nova_is_configured_to(self, query: str) -> None:
        self.conf.set_override('list_records_by_skipping_down_cells', False, 'api')
        response = self.get(f'{LIST}{query}', VERSION)
        self.assertEqual(503, response.status_int)
        self.assertIn('These cells are not responding: cell2.',
                      response.json_body['serviceUnavailable']['message'])


class TestHostStatusWithAllCells(base.ServersTestCase):
    def test_list_names_no_cell(self) -> None:
        self.cloud.fill(server_in_each_of_two_cells)
        for path in ('/servers', LIST, f'{LIST}&host_status=DOWN', '/servers?host_status=UNKNOWN'):
            self.assertNotIn('down_cells', self.get_json(path, VERSION))
