# SPDX-License-Identifier: Apache-2.0
"""Lists of servers with the query parameter ``host_status``."""

from __future__ import annotations

from typing import Any
from urllib import parse

import ddt
from nova.db.main import api as main_db

from tests.fixtures import nova_cloud, nova_databases
from tests.unit import support
from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.1, nova-ext 1.0'
VERSION_1_1 = 'compute 2.1, nova-ext 1.1'

STATES: dict[str, dict[str, Any]] = {
    'UP': {}, 'DOWN': {'forced_down': True}, 'UNKNOWN': {'silent': True},
    'MAINTENANCE': {'disabled': True}, 'NEEDS_MAINTENANCE': {}}


def three_servers_of_each_status(cloud: nova_cloud.NovaCloud) -> dict[str, list[str]]:
    """Add three servers for each status, newest first, in two cells; and two on no host."""
    cloud.add_cell()
    for cell in ('cell1', 'cell2'):
        for status, values in STATES.items():
            cloud.add_host(f'{status}-{cell}', cell=cell, **values)
    cloud.announce('true', 'NEEDS_MAINTENANCE-cell1', 'NEEDS_MAINTENANCE-cell2')
    servers: dict[str, list[str]] = {status: [] for status in STATES}
    for number in range(3):
        for status in STATES:
            cell = f'cell{1 + number % 2}'
            servers[status].insert(0, cloud.add_server(
                f'{status}-{cell}', cell=cell, display_name=f'{status}-{2 - number}'))
    cloud.add_server(None)
    cloud.add_server(None, cell='cell0', vm_state='error')
    return servers


@ddt.ddt
class TestHostStatusFilter(base.ServersTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(three_servers_of_each_status)

    @ddt.data('2.1', '2.16', '2.69', 'latest')
    def test_each_status_finds_its_servers(self, compute: str) -> None:
        version = f'compute {compute}, nova-ext 1.1'
        for status, expected in self.servers.items():
            query = f'all_tenants=1&host_status={status}'
            self.assertEqual(expected, self.list_ids(f'/servers?{query}', version))
            servers = self.list_servers(f'/servers/detail?{query}', version)
            self.assertEqual(expected, [server['id'] for server in servers])
            self.assertEqual({status}, {server['host_status'] for server in servers})

    @ddt.data(['UP', 'DOWN'], ['DOWN', 'UP', 'UP'],
              ['UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE'])
    def test_repeated_parameter_means_any_of_its_values(self, statuses: list[str]) -> None:
        query = '&'.join(f'host_status={status}' for status in statuses)
        found = self.list_ids(f'/servers?all_tenants=1&{query}', VERSION_1_1)
        self.assertEqual(
            sorted(server for status in set(statuses) for server in self.servers[status]),
            sorted(found))
        self.assertEqual(3 * len(set(statuses)), len(found))

    @ddt.data(
        ('host=DOWN-cell1', [0, 2]), ('host=DOWN-cell2', [1]), ('host=UP-cell1', []),
        ('host=nowhere', []), ('name=DOWN-1', [1]), ('name=DOWN-[02]', [0, 2]),
        ('sort_key=display_name&sort_dir=desc', [2, 1, 0]),
        ('sort_key=display_name&sort_dir=asc', [0, 1, 2]), ('limit=2', [0, 1]),
        ('status=ACTIVE', [0, 1, 2]), ('status=SHUTOFF', []), ('deleted=true', []),
        (f'project_id={support.PROJECT}', [0, 1, 2]), ('project_id=' + 'c' * 32, []))
    @ddt.unpack
    def test_filter_is_combined_with_every_other_one(
            self, query: str, expected: list[int]) -> None:
        for path in ('/servers', '/servers/detail'):
            self.assertEqual(
                [self.servers['DOWN'][place] for place in expected],
                self.list_ids(f'{path}?all_tenants=1&host_status=DOWN&{query}', VERSION_1_1))

    @ddt.data(1, 2, 3, 5, 6, 7)
    def test_paging_visits_each_server_once_and_links_keep_the_filter(self, limit: int) -> None:
        query = 'all_tenants=1&host_status=DOWN&host_status=UP&sort_key=display_name'
        expected = self.list_ids(f'/servers?{query}', VERSION_1_1)
        self.assertEqual(6, len(expected))
        found: list[str] = []
        path: str | None = f'/servers?{query}&limit={limit}'
        while path is not None and len(found) <= 6:
            body = self.get_json(path, VERSION_1_1)
            found += [server['id'] for server in body['servers']]
            path = None
            for link in body.get('servers_links', ()):
                path = link['href'].removeprefix('http://localhost/v2.1')
                self.assertEqual(
                    ['DOWN', 'UP'], parse.parse_qs(parse.urlsplit(path).query)['host_status'])
        self.assertEqual(expected, found)

    def test_marker_need_not_match(self) -> None:
        path = '/servers?all_tenants=1&host_status=DOWN&marker='
        oldest, newest = self.servers['UP'][2], self.servers['NEEDS_MAINTENANCE'][0]
        self.assertEqual([], self.list_ids(f'{path}{oldest}', VERSION_1_1))
        self.assertEqual(
            self.servers['DOWN'], self.list_ids(f'{path}{newest}', VERSION_1_1))

    @ddt.data(
        ('host_status=UP', VERSION_1_0, "The query parameter 'host_status' needs nova-ext 1.1"),
        ('host_status=up', VERSION_1_1, 'Invalid query parameter host_status'),
        ('host_status=', VERSION_1_1, 'Invalid query parameter host_status'),
        ('host_status=UP&host_status=x', VERSION_1_1, 'Invalid query parameter host_status'),
        ('host_status=%ff', VERSION_1_1, 'cannot be read'),
        ('host_status=UP&limit=x', VERSION_1_1, 'limit'),
        ('host_status=UP&marker=00000000-0000-4000-8000-000000000000', VERSION_1_1, 'marker'))
    @ddt.unpack
    def test_invalid_query_is_a_bad_request(
            self, query: str, version: str, message: str) -> None:
        response = self.get(f'/servers?{query}', version)
        self.assertEqual(400, response.status_int)
        self.assertIn(message, response.json_body['badRequest']['message'])

    def test_nova_ignores_the_parameter_without_a_nova_ext_version(self) -> None:
        path = '/servers?all_tenants=1&host_status=DOWN'
        found, expected = self.get(path, 'compute 2.1'), self.get_from_nova(path, 'compute 2.1')
        self.assertEqual((expected.status, expected.body), (found.status, found.body))
        self.assertEqual(17, len(found.json_body['servers']))


class TestHostStatusFilterWithFewHosts(base.ServersTestCase):
    def test_no_server_matches_when_no_host_does(self) -> None:
        self.cloud.add_host('up')
        self.cloud.add_server('up')
        self.cloud.add_server(None)
        self.assertEqual(
            [], self.list_ids('/servers?all_tenants=1&host_status=DOWN', VERSION_1_1))

    def test_host_without_service_record_matches_unknown(self) -> None:
        self.cloud.add_host('up')
        self.cloud.add_server('up')
        self.cloud.add_host('gone', deleted=5)
        self.cloud.add_scheduler('gone')
        server = self.cloud.add_server('gone')
        for path in ('/servers', '/servers/detail'):
            self.assertEqual([server], self.list_ids(
                f'{path}?all_tenants=1&host_status=UNKNOWN', VERSION_1_1))

    def test_nova_reads_matching_servers_only(self) -> None:
        self.cloud.add_host('down', forced_down=True)
        expected = {self.cloud.add_server('down') for _ in range(2)}
        for number in range(10):
            self.cloud.add_host(f'up-{number}')
            self.cloud.add_server(f'up-{number}')
        read: list[str] = []
        get = main_db.instance_get_all_by_filters_sort

        def record(*args: Any, **options: Any) -> Any:
            instances = get(*args, **options)
            read.extend(instance['uuid'] for instance in instances)
            return instances

        self.patch(main_db, 'instance_get_all_by_filters_sort', record)
        with nova_databases.recorded_statements() as statements:
            self.get_json('/servers/detail?all_tenants=1&host_status=DOWN',
                          'compute 2.90, nova-ext 1.1')
        self.assertEqual(expected, set(read))
        self.assertNotIn('up-', ' '.join(str(statement.parameters) for statement in statements))
