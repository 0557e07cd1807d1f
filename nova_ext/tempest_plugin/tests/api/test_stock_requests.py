# SPDX-License-Identifier: Apache-2.0
"""Requests without a version of nova-ext: Nova's answers, as ever."""

from __future__ import annotations

from tempest.lib import decorators, exceptions
from tempest.lib.common import api_microversion_fixture

from nova_ext.tempest_plugin.services.base import HEADER
from nova_ext.tempest_plugin.tests import servers


class StockRequestsTest(servers.ServersTest):
    """What a client that knows nothing of nova-ext sees."""

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    def _compute(self, version: str) -> None:
        self.useFixture(api_microversion_fixture.APIMicroversionFixture(
            compute_microversion=version))

    @decorators.idempotent_id('82a5e5e2-ff91-4bb5-b9eb-7c237534f259')
    def test_diagnostics(self) -> None:
        """Nova's own format, which Tempest's own client validates, and no other version."""
        self._compute('2.48')
        found = self.admin_servers.show_server_diagnostics(self.server_id)
        self.assertEqual('compute 2.48', found.response[HEADER.lower()])
        self.assertEqual('running', found['state'])

    @decorators.idempotent_id('9ced3527-4af1-4ac6-b422-4fe9ea93a1ec')
    def test_legacy_diagnostics(self) -> None:
        """Before 2.48, what the hypervisor gives, such as the memory in KiB."""
        found = self.admin_servers.show_server_diagnostics(self.server_id)
        self.assertNotIn('cpu_details', found)

    @decorators.idempotent_id('58f07d4c-b533-4f14-89d2-b13ebcd5832d')
    def test_show_server(self) -> None:
        """host_status from 2.16 on, and nothing of nova-ext's."""
        before = self.admin_servers.show_server(self.server_id)['server']
        self.assertNotIn('host_status', before)
        self._compute('2.16')
        server = self.admin_servers.show_server(self.server_id)['server']
        self.assertIn('host_status', server)
        self.assertNotIn('host_maintenance', server)

    @decorators.idempotent_id('e36f537a-360d-4f7a-be79-8549d8a0c896')
    def test_list_hypervisors(self) -> None:
        """Nova's own fields."""
        self._compute('2.53')
        found = self.os_admin.hypervisor_client.list_hypervisors(detail=True)
        self.assertNotIn('down_cells', found)
        for hypervisor in found['hypervisors']:
            self.assertNotIn('missing_records', hypervisor)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('92f66977-b15e-4978-8d54-dc6adf445b9b')
    def test_discovery(self) -> None:
        """Nova knows no such path."""
        self.assertRaises(exceptions.NotFound, self.admin_servers.get, 'nova-ext')
