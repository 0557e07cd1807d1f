# SPDX-License-Identifier: Apache-2.0
"""A host whose service is disabled, and one for which maintenance is announced."""

from __future__ import annotations

from typing import Any

from tempest import config
from tempest.lib import decorators
from tempest.lib.common.api_version_request import APIVersionRequest
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import base, servers

CONF = config.CONF

REASON = "nova-ext's tests, for some seconds"
WINDOW = {'start': '2099-01-01T02:00:00Z', 'end': '2099-01-01T06:00:00Z'}


@base.serial
class HostChangesTest(servers.ServersTest):
    """The host of one server. No other class runs meanwhile, nor is any server moved."""

    credentials = ('admin', 'project_member', 'project_reader')
    features = ('change_hosts', 'host_status', 'hypervisors')
    operation = '/servers/{}'
    min_version = '1.1'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()
        cls.host_name = cls.host(cls.server_id)

    def _server(self, nova_ext: str = '1.1') -> Any:
        return self.os_admin.nova_ext_v1.ServersClient(
            nova_ext=nova_ext, compute='2.1').show_server(self.server_id)['server']

    def _hypervisor(self) -> Any:
        [found] = [one for one in self.os_admin.nova_ext_v1.HypervisorsClient(
            nova_ext='1.1').list_hypervisors()['hypervisors']
            if one['service']['host'] == self.host_name]
        return found

    def _found_by(self, status: str) -> bool:
        """Whether the filter finds the server."""
        listed = self.os_admin.nova_ext_v1.ServersClient(nova_ext='1.1').list_servers(
            detail=False, all_tenants=1, host_status=status, name=self._server()['name'])
        return [server['id'] for server in listed['servers']] == [self.server_id]

    def _disable(self) -> None:
        service = {'host': self.host_name, 'binary': 'nova-compute'}
        client = self.os_admin.services_client
        client.disable_log_reason(**service, disabled_reason=REASON)
        self.addCleanup(client.enable_service, **service)

    def _announce(self, reason: str = '') -> None:
        client = self.os_admin.aggregates_client
        aggregate = client.create_aggregate(name=data_utils.rand_name('nova-ext'))['aggregate']
        self.addCleanup(client.delete_aggregate, aggregate['id'])
        client.set_metadata(aggregate['id'], metadata={
            'nova_ext:maintenance': '/'.join(WINDOW.values()),
            **({'nova_ext:maintenance_reason': reason} if reason else {})})
        client.add_host(aggregate['id'], host=self.host_name)
        self.addCleanup(client.remove_host, aggregate['id'], host=self.host_name)

    @decorators.idempotent_id('c9f48dbd-ec38-43a1-87f1-770357af630a')
    def test_disabled(self) -> None:
        """MAINTENANCE, and the hypervisor is disabled for the reason that was given."""
        self.assertEqual('UP', self._server()['host_status'])
        self._disable()
        for nova_ext in ('1.0', '1.1'):
            self.assertEqual('MAINTENANCE', self._server(nova_ext)['host_status'])
        self.assertTrue(self._found_by('MAINTENANCE'))
        self.assertFalse(self._found_by('UP'))
        found = self._hypervisor()
        self.assertEqual(('up', 'disabled', REASON), (
            found['state'], found['status'], found['service']['disabled_reason']))

    @decorators.idempotent_id('65735e91-16bf-4d9b-8e64-d8921479f6a6')
    def test_disabled_hypervisors(self) -> None:
        """The filter by status finds the host's hypervisor."""
        client = self.os_admin.nova_ext_v1.HypervisorsClient(nova_ext='1.1')
        for status, found in (('disabled', False), ('enabled', True)):
            hosts = [one['service']['host'] for one in client.list_hypervisors(
                status=status)['hypervisors']]
            self.assertEqual(found, self.host_name in hosts)
        self._disable()
        for status, found in (('disabled', True), ('enabled', False)):
            hosts = [one['service']['host'] for one in client.list_hypervisors(
                status=status)['hypervisors']]
            self.assertEqual(found, self.host_name in hosts)

    @decorators.idempotent_id('77075fee-5b54-4988-8c86-048ad0f8ab83')
    def test_announced(self) -> None:
        """NEEDS_MAINTENANCE and the window; 1.0 knows neither."""
        self.assertIsNone(self._server()['host_maintenance'])
        self._announce()
        server = self._server()
        self.assertEqual('NEEDS_MAINTENANCE', server['host_status'])
        self.assertEqual(WINDOW, server['host_maintenance'])
        self.assertEqual('UP', self._server('1.0')['host_status'])
        self.assertTrue(self._found_by('NEEDS_MAINTENANCE'))
        self.assertFalse(self._found_by('UP'))
        self.assertEqual(WINDOW, self._hypervisor()['maintenance'])

    @decorators.idempotent_id('58e0c402-acd8-44e6-a9f6-62aa78452df4')
    def test_reasons(self) -> None:
        """From 1.2, why the host is disabled, and why there is maintenance."""
        if APIVersionRequest(self.highest) < APIVersionRequest('1.2'):
            raise self.skipException('This needs nova-ext 1.2.')
        self._announce(REASON)
        self._disable()
        server = self._server('1.2')
        self.assertEqual('MAINTENANCE', server['host_status'])
        self.assertEqual({**WINDOW, 'reason': REASON}, server['host_maintenance'])
        reason = server['host_status_reason']
        self.assertEqual((True, REASON, False, False), (
            reason['disabled'], reason['disabled_reason'], reason['forced_down'],
            reason['silent']))

    @decorators.idempotent_id('6566ce53-5caf-4e11-a987-d0359d08f5c2')
    def test_nobody_else(self) -> None:
        """The owner of the server sees nothing of it."""
        others = (self.os_project_member, self.reader_of_the_project())
        self._announce()
        self._disable()
        for manager in others:
            server = manager.nova_ext_v1.ServersClient(
                nova_ext='1.1').show_server(self.server_id)['server']
            self.assertFalse({'host_status', 'host_maintenance'} & server.keys())
