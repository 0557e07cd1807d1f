# SPDX-License-Identifier: Apache-2.0
"""The status of a server's host, as the three personas see it."""

from __future__ import annotations

from typing import Any

from tempest.lib import decorators, exceptions
from tempest.lib.common import api_microversion_fixture
from tempest.lib.common.api_version_request import APIVersionRequest
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import servers

ADDED = {'host_status', 'host_maintenance', 'host_status_reason', 'host_status_since'}


class HostStatusTest(servers.ServersTest):
    """host_status of a running server."""

    credentials = ('admin', 'project_member', 'project_reader')
    features = ('host_status',)
    operation = '/servers/{}'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    def _seen(self, manager: Any, **versions: str) -> list[dict[str, Any]]:
        """The server, as one and in the detailed list."""
        client = manager.nova_ext_v1.ServersClient(**versions)
        query = {'all_tenants': 1} if manager is self.os_admin else {}
        name = client.show_server(self.server_id)['server']['name']
        listed = client.list_servers(name=name, **query)['servers']
        self.assertEqual([self.server_id], [server['id'] for server in listed])
        return [client.show_server(self.server_id)['server'], *listed]

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('fd5df277-440b-4437-bd35-4e6fadb8eb98')
    def test_admin(self) -> None:
        """The same at any compute microversion, in both places."""
        for compute in ('2.1', '2.15', 'latest'):
            for server in self._seen(self.os_admin, nova_ext='1.0', compute=compute):
                self.assertEqual('UP', server['host_status'], compute)
                self.assertNotIn('host_maintenance', server)

    @decorators.idempotent_id('e85d6fa5-751e-4671-9445-c7ed16444635')
    def test_reason(self) -> None:
        """From 1.2, what UP was judged by, and a list that says that all cells answered."""
        if APIVersionRequest(self.highest) < APIVersionRequest('1.2'):
            raise self.skipException('This needs nova-ext 1.2.')
        for server in self._seen(self.os_admin, nova_ext=self.highest, compute='2.1'):
            self.assertLessEqual(ADDED, server.keys())
            reason = server['host_status_reason']
            self.assertEqual((False, False, False), (
                reason['disabled'], reason['forced_down'], reason['silent']))
            self.assertIsNone(server['host_status_since'])
        client = self.os_admin.nova_ext_v1.ServersClient(nova_ext=self.highest)
        for detail in (False, True):
            self.assertIn('down_cells', client.list_servers(detail=detail, limit=1))

    @decorators.idempotent_id('2ceae9e0-2070-45db-a4f8-375fafc037a0')
    def test_agrees_with_nova(self) -> None:
        """1.0 says what Nova says from compute 2.16 on."""
        self.useFixture(api_microversion_fixture.APIMicroversionFixture(
            compute_microversion='2.16'))
        theirs = self.admin_servers.show_server(self.server_id)['server']['host_status']
        ours = self._seen(self.os_admin, nova_ext='1.0', compute='2.16')[0]['host_status']
        self.assertEqual(theirs, ours)

    @decorators.idempotent_id('ff853640-a71d-48af-b4f8-1807e5be9220')
    def test_short_list(self) -> None:
        """Only ids, names and links."""
        found = self.os_admin.nova_ext_v1.ServersClient(nova_ext=self.highest).list_servers(
            detail=False, all_tenants=1, limit=1)['servers']
        self.assertEqual(1, len(found))
        self.assertFalse(ADDED & found[0].keys())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('3d5d78d2-9fcb-4160-b174-fa52ea95b223')
    def test_member(self) -> None:
        """Neither field, even for the owner."""
        for server in self._seen(self.os_project_member, nova_ext=self.highest, compute='2.1'):
            self.assertFalse(ADDED & server.keys())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('0743f1d1-5f3e-4c14-b597-e65c96a26c49')
    def test_reader(self) -> None:
        """Neither field."""
        for server in self._seen(self.reader_of_the_project(), nova_ext=self.highest):
            self.assertFalse(ADDED & server.keys())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('7babd690-815c-4d20-b96f-d10328909542')
    def test_unknown_server(self) -> None:
        """404."""
        client = self.os_admin.nova_ext_v1.ServersClient(nova_ext=self.highest)
        self.assertRaises(exceptions.NotFound, client.show_server, data_utils.rand_uuid())
