# SPDX-License-Identifier: Apache-2.0
"""Hosts whose names are equal to the database, or to those who look at one cell only."""

from __future__ import annotations

import ddt

from nova_ext.api.adapters import hypervisors
from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

VERSION_1_0 = 'compute 2.90, nova-ext 1.0'
VERSION_1_1 = 'compute 2.90, nova-ext 1.1'

DETAIL = '/servers/detail?all_tenants=1'


def host_in_first_cell_with_old_service_in_second(cloud: nova_cloud.NovaCloud) -> str:
    """Return the UUID of a server on a host that is up."""
    cloud.add_cell()
    cloud.add_hypervisor('one')
    cloud.add_host('one', cell='cell2', mapped=False, forced_down=True)
    return cloud.add_server('one')


@ddt.ddt
class TestServiceOfSameNameInAnotherCell(base.ServersTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.server = self.cloud.fill(host_in_first_cell_with_old_service_in_second)

    @ddt.data(VERSION_1_0, VERSION_1_1)
    def test_servers_have_the_status_of_the_host_in_their_cell(self, version: str) -> None:
        self.assertEqual('UP', self.show_server(self.server, version)['host_status'])
        other = self.cloud.add_server('one', cell='cell2')
        self.assertEqual('DOWN', self.show_server(other, version)['host_status'])

    def test_filter_finds_servers_of_the_right_cell(self) -> None:
        def list_both() -> list[list[str]]:
            return [self.list_ids(f'{DETAIL}&host_status={status}', VERSION_1_1)
                    for status in ('UP', 'DOWN')]

        self.assertEqual([[self.server], []], list_both())
        other = self.cloud.add_server('one', cell='cell2')
        self.assertEqual([[self.server], [other]], list_both())
        both = f'{DETAIL}&host=one&host_status=UP&host_status=DOWN'
        self.assertEqual([other, self.server], self.list_ids(both, VERSION_1_1))
        self.assertEqual([], self.list_ids(f'{DETAIL}&host_status=UNKNOWN', VERSION_1_1))

    def test_service_without_uuid_counts(self) -> None:
        self.cloud.update_host('one', cell='cell2', uuid=None)
        other = self.cloud.add_server('one', cell='cell2')
        self.assertEqual([other], self.list_ids(f'{DETAIL}&host_status=DOWN', VERSION_1_1))
        self.assertEqual(
            [self.server], self.list_ids(f'{DETAIL}&host_status=UP', VERSION_1_1))
        self.assertEqual([], self.list_ids(f'{DETAIL}&host_status=UNKNOWN', VERSION_1_1))

    def test_copy_of_a_server_that_moves_between_cells_is_ignored(self) -> None:
        for cell, hidden in (('cell1', True), ('cell2', False)):
            self.cloud.add_server(
                'one', cell=cell, hidden=hidden, uuid='22222222-2222-4222-8222-222222222222',
                mapped=cell == 'cell2')
        shown = {server['id']: server['host_status']
                 for server in self.list_servers(DETAIL, VERSION_1_1)}
        self.assertEqual('DOWN', shown['22222222-2222-4222-8222-222222222222'])


@ddt.ddt
class TestHypervisorsOfSameHostNameInTwoCells(base.HypervisorsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.add_cell()
        self.cloud.add_hypervisor('one')
        self.cloud.add_host('one', cell='cell2', mapped=False, forced_down=True)
        self.cloud.add_node('one', cell='cell2', hypervisor_hostname='old.example.org')
        self.servers = [self.cloud.add_server('one', cell=cell) for cell in ('cell1', 'cell2')]

    def test_each_has_the_service_and_the_servers_of_its_cell(self) -> None:
        nodes = self.list_by_name('/os-hypervisors/detail?with_servers=true', VERSION_1_1)
        self.assertEqual(
            {'one': ('up', False, [], [self.servers[0]]),
             'old': ('down', True, ['host_mapping'], [self.servers[1]])},
            {name: (node['state'], node['forced_down'], node['missing_records'],
                    [server['uuid'] for server in node['servers']])
             for name, node in nodes.items()})
        self.assertEqual(['one'], self.list_names('/os-hypervisors', VERSION_1_0))

    def test_nova_may_show_them_in_another_order(self) -> None:
        keep = hypervisors.HypervisorAdapter._keep
        self.patch(
            hypervisors.HypervisorAdapter, '_keep',
            lambda adapter, context, nodes: keep(adapter, context, nodes)[::-1])
        nodes = self.list_by_name('/os-hypervisors', VERSION_1_1)
        self.assertEqual(
            {'one': (False, []), 'old': (True, ['host_mapping'])},
            {name: (node['forced_down'], node['missing_records'])
             for name, node in nodes.items()})

    @ddt.data('', '/detail?with_servers=true', '?limit=1', '?limit=1&marker={}')
    def test_stock_response_is_as_novas(self, query: str) -> None:
        first = self.get_json('/os-hypervisors', 'compute 2.53', app=self.nova_app)
        path = f'/os-hypervisors{query.format(first["hypervisors"][0]["id"])}'
        self.app = self.make_app(serve_stock_hypervisors=True)
        found = self.get_json(path, 'compute 2.90')
        self.assertEqual(self.get_json(path, 'compute 2.90', app=self.nova_app), found)
        self.assertEqual({'up'}, {node['state'] for node in found['hypervisors']})


@ddt.ddt
class TestHostNamesInAnotherCase(base.ServersTestCase):
    """MariaDB takes a name in capital letters for the same."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud.add_hypervisor('one')
        self.cloud.add_hypervisor('other', disabled=True)
        self.cloud.announce('true', 'ONE')
        self.server = self.cloud.add_server('One')
        self.node = self.cloud.add_node('ONE', hypervisor_hostname='two.example.org')

    def test_server_has_the_status_of_its_host_as_in_nova(self) -> None:
        in_nova = self.get_json(f'/servers/{self.server}', 'compute 2.16', app=self.nova_app)
        self.assertEqual('UP', in_nova['server']['host_status'])
        shown = self.show_server(self.server, VERSION_1_1)
        self.assertEqual('NEEDS_MAINTENANCE', shown['host_status'])
        self.assertEqual({'start': None, 'end': None}, shown['host_maintenance'])
        self.assertEqual('UP', self.show_server(self.server, VERSION_1_0)['host_status'])

    @ddt.data('', '&host=oNE')
    def test_filter_finds_the_server(self, query: str) -> None:
        for status, expected in (('NEEDS_MAINTENANCE', [self.server]), ('UNKNOWN', []),
                                 ('MAINTENANCE', [])):
            for path in ('/servers', '/servers/detail'):
                self.assertEqual(expected, self.list_ids(
                    f'{path}?all_tenants=1&host_status={status}{query}', VERSION_1_1))

    def test_hypervisors_have_their_records(self) -> None:
        nodes = self.get_json('/os-hypervisors?with_servers=true', VERSION_1_1)['hypervisors']
        self.assertEqual(
            [('one.example.org', 'up', [], True, [self.server]),
             ('other.example.org', 'up', [], False, []),
             ('two.example.org', 'up', [], True, [self.server])],
            [(node['hypervisor_hostname'], node['state'], node['missing_records'],
              node['maintenance'] is not None,
              [server['uuid'] for server in node['servers']]) for node in nodes])

    def test_stock_response_is_as_novas(self) -> None:
        app = self.make_app(serve_stock_hypervisors=True)
        for path in ('/os-hypervisors', '/os-hypervisors/detail?with_servers=true',
                     f'/os-hypervisors/{self.node}'):
            self.assertEqual(self.get(path, 'compute 2.90', app=self.nova_app).body,
                             self.get(path, 'compute 2.90', app=app).body)

    def test_names_that_differ_in_more_than_case_are_not_mixed_up(self) -> None:
        server = self.cloud.add_server('one-')
        self.assertEqual('UNKNOWN', self.show_server(server, VERSION_1_1)['host_status'])
        self.assertEqual(
            [server], self.list_ids(f'{DETAIL}&host_status=UNKNOWN', VERSION_1_1))
