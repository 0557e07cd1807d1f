# SPDX-License-Identifier: Apache-2.0
"""What the figures of a running server are about: its ports, its disks, and why it runs."""

from __future__ import annotations

import time

import testtools
from tempest import config
from tempest.lib import decorators

from nova_ext.tempest_plugin.tests import servers

CONF = config.CONF


class DiagnosticsDevicesTest(servers.ServersTest):
    """One running server, from version 1.2 on."""

    features = ('diagnostics', 'compute_driver')
    operation = '/servers/{}/diagnostics'
    min_version = '1.2'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.DiagnosticsClient(nova_ext=cls.highest)
        cls.server_id = cls.create_server()

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('74b4304f-6645-4631-b6c5-4c4572c7c7f2')
    def test_ports(self) -> None:
        """Each NIC is the port, and on the network, that the compute API says."""
        attached = self.os_project_member.interfaces_client.list_interfaces(
            self.server_id)['interfaceAttachments']
        found = self.client.show_diagnostics(self.server_id)
        self.assertEqual(
            {(port['mac_addr'], port['port_id'], port['net_id']) for port in attached},
            {(nic['mac_address'], nic['port_id'], nic['network_id'])
             for nic in found['nic_details']})

    @decorators.idempotent_id('04608792-f2fb-4917-a28a-02525d26f173')
    def test_disks(self) -> None:
        """Each has another device; the server is booted from the first, its volume if any."""
        attached = self.servers.list_volume_attachments(
            self.server_id)['volumeAttachments']
        found = self.client.show_diagnostics(self.server_id)['disk_details']
        self.assertEqual(len(found), len({disk['device'] for disk in found} - {None}))
        self.assertEqual(0, found[0]['boot_index'])
        self.assertEqual(
            {volume['volumeId'] for volume in attached},
            {disk['volume_id'] for disk in found} - {None})

    @decorators.idempotent_id('baff4504-4838-4ff0-a26a-156c88288963')
    def test_times_go_on(self) -> None:
        """No time goes back, and a disk that was read took time for it."""
        first = self.client.show_diagnostics(self.server_id)
        time.sleep(2)
        second = self.client.show_diagnostics(self.server_id)
        for kind, counters in (('cpu_details', ['delay', 'wait']), (
                'disk_details', ['read_time', 'write_time', 'flush_requests', 'flush_time'])):
            for old, new in zip(first[kind], second[kind]):
                for counter in counters:
                    if old[counter] is not None:
                        self.assertLessEqual(old[counter], new[counter], counter)
        for disk in second['disk_details']:
            if disk['read_requests']:
                self.assertLess(0, disk['read_time'])

    @testtools.skipUnless(
        CONF.compute_feature_enabled.pause, '[compute-feature-enabled] pause is false.')
    @decorators.idempotent_id('4e40c189-132d-4cad-8ea8-7a080903d66d')
    def test_reasons(self) -> None:
        """Paused because somebody wanted it, and running since that was taken back."""
        self.servers.pause_server(self.server_id)
        self.wait_for(self.server_id, 'PAUSED')
        self.addCleanup(self.wait_for, self.server_id, 'ACTIVE')
        self.assertEqual(('paused', 'requested'), self._state())
        self.servers.unpause_server(self.server_id)
        self.wait_for(self.server_id, 'ACTIVE')
        self.assertEqual(('running', 'unpaused'), self._state())

    @decorators.idempotent_id('2f69d0ad-8f70-4ae7-917d-7921be48c98a')
    def test_older_versions(self) -> None:
        """They have nothing of it; their schema is closed."""
        for nova_ext in ('1.0', '1.1'):
            client = self.os_admin.nova_ext_v1.DiagnosticsClient(nova_ext=nova_ext)
            self.assertNotIn('state_reason', client.show_diagnostics(self.server_id))

    def _state(self) -> tuple[str, str]:
        found = self.client.show_diagnostics(self.server_id)
        return found['state'], found['state_reason']
