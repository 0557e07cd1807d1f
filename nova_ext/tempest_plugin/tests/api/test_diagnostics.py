# SPDX-License-Identifier: Apache-2.0
"""What diagnostics say of a running server."""

from __future__ import annotations

import time

import testtools
from tempest import config
from tempest.lib import decorators, exceptions
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import servers
from nova_ext.tempest_plugin.tests.observations import Observation

CONF = config.CONF

_NEEDS_DRIVER = testtools.skipUnless(
    CONF.nova_ext.compute_driver, '[nova_ext] compute_driver is false.')


class DiagnosticsTest(servers.ServersTest):
    """One running server, as the three personas ask for it."""

    credentials = ('admin', 'project_member', 'project_reader')
    features = ('diagnostics',)
    operation = '/servers/{}/diagnostics'

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.client = cls.os_admin.nova_ext_v1.DiagnosticsClient(nova_ext=cls.highest)
        cls.before = time.monotonic()
        cls.server_id = cls.create_server()

    @decorators.attr(type='smoke')
    @decorators.idempotent_id('f3613402-bbec-45d5-a960-885442a4d4bf')
    def test_running(self) -> None:
        """Every key, in its type, whatever is unknown."""
        for nova_ext in {self.lowest, self.highest}:
            for compute in ('2.1', 'latest'):
                client = self.os_admin.nova_ext_v1.DiagnosticsClient(
                    nova_ext=nova_ext, compute=compute)
                self.assertEqual('running', client.show_diagnostics(self.server_id)['state'])

    @decorators.attr(type='negative')
    @decorators.idempotent_id('069d0964-60d8-4895-a452-17e08123f7ce')
    def test_unknown_server(self) -> None:
        """404."""
        self.assertRaises(
            exceptions.NotFound, self.client.show_diagnostics, data_utils.rand_uuid())

    @decorators.attr(type='negative')
    @decorators.idempotent_id('28772ec3-60aa-422e-a60a-7fa74e3b70d5')
    def test_query_parameter(self) -> None:
        """400: there is none."""
        self.assertRaises(
            exceptions.BadRequest, self.client.show_diagnostics, self.server_id, verbose=1)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('b804ef50-aff6-429f-9188-27895d3d136d')
    def test_member(self) -> None:
        """403, even for the owner."""
        client = self.os_project_member.nova_ext_v1.DiagnosticsClient(nova_ext=self.highest)
        self.assertRaises(exceptions.Forbidden, client.show_diagnostics, self.server_id)

    @decorators.attr(type='negative')
    @decorators.idempotent_id('365f3f2c-1688-487b-a5bf-c4dbfc7a8dbf')
    def test_reader(self) -> None:
        """403."""
        client = self.reader_of_the_project().nova_ext_v1.DiagnosticsClient(nova_ext=self.highest)
        self.assertRaises(exceptions.Forbidden, client.show_diagnostics, self.server_id)


    @_NEEDS_DRIVER
    @decorators.idempotent_id('6dbc213e-9802-4fed-8528-55008fd8fbe2')
    def test_devices(self) -> None:
        """As many as the flavor and the ports say, each with its counters."""
        flavor = self.os_project_member.flavors_client.show_flavor(
            CONF.compute.flavor_ref)['flavor']
        ports = self.os_project_member.interfaces_client.list_interfaces(
            self.server_id)['interfaceAttachments']
        found = self.client.show_diagnostics(self.server_id)
        self.assertEqual(flavor['vcpus'], found['num_cpus'])
        self.assertEqual(flavor['vcpus'], len(found['cpu_details']))
        self.assertEqual(len(ports), found['num_nics'])
        self.assertEqual({port['mac_addr'] for port in ports},
                         {nic['mac_address'] for nic in found['nic_details']})
        self.assertGreaterEqual(found['num_disks'], 1)
        self.assertEqual(found['num_disks'], len(found['disk_details']))

    @_NEEDS_DRIVER
    @decorators.idempotent_id('400f9aa7-fdb7-40f6-8aff-a9d28c9375a0')
    def test_memory(self) -> None:
        """MiB: all that the flavor gives, and no more than that in use, if the guest tells."""
        flavor = self.os_project_member.flavors_client.show_flavor(
            CONF.compute.flavor_ref)['flavor']
        found = self.client.show_diagnostics(self.server_id)['memory_details']
        self.assertEqual(flavor['ram'], found['maximum'])
        if found['used'] is not None:
            self.assertLess(0, found['used'])
            self.assertLess(found['used'], flavor['ram'])

    @_NEEDS_DRIVER
    @decorators.idempotent_id('ea18e057-4ac8-432d-8e75-c9ccb57c7512')
    def test_identity(self) -> None:
        """What runs the guest, and the drive that it has or has not.

        On which operating system cannot be told from every container.
        """
        found = self.client.show_diagnostics(self.server_id)
        for name in ('driver', 'hypervisor'):
            self.assertIsNotNone(found[name], name)
        server = self.servers.show_server(self.server_id)['server']
        self.assertEqual(server['config_drive'] == 'True', found['config_drive'])

    @_NEEDS_DRIVER
    @decorators.idempotent_id('e0c466d4-b0f0-4e0e-9543-a126142d5be2')
    def test_two_observations(self) -> None:
        """No counter goes back, and the guest's clock goes as ours does."""
        observed = [Observation.at(self.client, self.server_id)]
        time.sleep(2)
        observed.append(Observation.at(self.client, self.server_id))
        first, second = (one.found for one in observed)
        self.assertTrue(observed[1].uptime_went_on(observed[0]), observed)
        self.assertTrue(observed[1].started_after(self.before), observed)
        for kind, counters in (('cpu_details', ['time']),
                               ('nic_details', ['rx_octets', 'tx_octets']),
                               ('disk_details', ['read_bytes', 'write_bytes'])):
            for old, new in zip(first[kind], second[kind]):
                for counter in counters:
                    self.assertLessEqual(old[counter], new[counter], counter)
        self.assertLess(0, sum(cpu['time'] for cpu in second['cpu_details']))
