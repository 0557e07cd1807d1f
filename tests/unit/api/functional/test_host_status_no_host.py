# SPDX-License-Identifier: Apache-2.0
"""Servers that are on no host, whatever their records say: as in Nova, they have no status."""

from __future__ import annotations

import ddt

from tests.fixtures import nova_cloud
from tests.unit.api.functional import base

VERSION_1_1 = 'compute 2.16, nova-ext 1.1'

#: Queries whose lists have deleted servers, or have not.
QUERIES = ('', '&deleted=true', '&changes-since=2020-01-01T00:00:00Z', '&status=deleted',
           '&status=soft_deleted', '&status=shelved_offloaded')


def servers_in_every_stage_of_life(cloud: nova_cloud.NovaCloud) -> dict[str, str]:
    """Add servers, each of another host that is up, and return them by what they are."""
    for number in range(5):
        cloud.add_host(f'up{number}')
    servers = {
        'active': cloud.add_server('up0'),
        'deleted': cloud.add_server('up1'),
        'soft-deleted': cloud.add_server('up2', vm_state='soft-delete'),
        'shelved': cloud.add_server('up3', vm_state='shelved'),
        'offloaded': cloud.add_server(None, vm_state='shelved_offloaded'),
        'in cell0': cloud.add_server(None, cell='cell0', vm_state='error'),
        'of a host in cell0': cloud.add_server('up4', cell='cell0', vm_state='error'),
        'unscheduled': '11111111-1111-4111-8111-111111111111'}
    cloud.add_build_request(servers['unscheduled'])
    cloud.delete_server(servers['deleted'])
    return servers


@ddt.ddt
class TestServersOnNoHost(base.ServersTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.cloud.fill(servers_in_every_stage_of_life)

    def statuses_in_nova(self, query: str) -> dict[str, str]:
        """Return what Nova shows in the list for a query."""
        path = f'/servers/detail?all_tenants=1{query}'
        listed = self.get_json(path, 'compute 2.16', app=self.nova_app)['servers']
        return {server['id']: server['host_status'] for server in listed}

    @ddt.data(*QUERIES)
    def test_status_is_as_in_nova(self, query: str) -> None:
        expected = self.statuses_in_nova(query)
        for version in ('1.0', '1.1'):
            path = f'/servers/detail?all_tenants=1{query}'
            servers = self.list_servers(path, f'compute 2.16, nova-ext {version}')
            self.assertEqual(
                expected, {server['id']: server['host_status'] for server in servers})

    @ddt.data(*QUERIES)
    def test_filter_finds_what_has_the_status_in_nova(self, query: str) -> None:
        expected = self.statuses_in_nova(query)
        # Nova puts no server with a host into cell0; the filter would take its host for unknown.
        self.cloud.delete_server(self.servers['of a host in cell0'], cell='cell0')
        for path in ('/servers', '/servers/detail'):
            for status in ('UP', 'UNKNOWN'):
                found = self.list_ids(
                    f'{path}?all_tenants=1{query}&host_status={status}', VERSION_1_1)
                self.assertEqual(
                    [server for server, shown in expected.items() if shown == status], found)

    def test_only_servers_whose_host_has_them_have_a_status(self) -> None:
        names = {server: name for name, server in self.servers.items()}
        listed = self.list_servers('/servers/detail?all_tenants=1', VERSION_1_1)
        listed += self.list_servers('/servers/detail?all_tenants=1&deleted=true', VERSION_1_1)
        self.assertEqual(
            {'active': 'UP', 'shelved': 'UP', 'soft-deleted': 'UP', 'deleted': '',
             'offloaded': '', 'in cell0': '', 'of a host in cell0': '', 'unscheduled': ''},
            {names[server['id']]: server['host_status'] for server in listed})

    @ddt.data('soft-deleted', 'shelved', 'offloaded', 'in cell0', 'of a host in cell0')
    def test_single_server_has_the_same_status(self, name: str) -> None:
        path = f'/servers/{self.servers[name]}'
        expected = self.get_json(path, 'compute 2.16', app=self.nova_app)['server']
        found = self.get_json(path, VERSION_1_1)['server']
        self.assertEqual(expected['host_status'], found['host_status'])
        self.assertIsNone(found['host_maintenance'])
