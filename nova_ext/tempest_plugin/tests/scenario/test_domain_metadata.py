# SPDX-License-Identifier: Apache-2.0
"""What the libvirt domain says of its server, beside what the APIs say."""

from __future__ import annotations

from typing import Any

from tempest import config
from tempest.lib import decorators
from tempest.lib.common.utils import data_utils

from nova_ext.tempest_plugin.tests import domains, servers
from nova_ext.tempest_plugin.tests.domains import NOVA, NOVA_EXT

CONF = config.CONF


class DomainMetadataTest(servers.ServersTest):
    """Nova's element and nova-ext's, of one server."""

    features = ('compute_driver',)

    @classmethod
    def skip_checks(cls) -> None:
        """See that there is a way to look at domains."""
        super().skip_checks()
        if not CONF.nova_ext.domain_xml_command:
            raise cls.skipException('[nova_ext] domain_xml_command is not set.')

    @classmethod
    def resource_setup(cls) -> None:
        """Boot a server."""
        super().resource_setup()
        cls.server_id = cls.create_server()

    def _elements(self) -> tuple[Any, Any]:
        return domains.elements(self.host(self.server_id), self.server_id)

    def _server(self) -> Any:
        return self.admin_servers.show_server(self.server_id)['server']

    @decorators.idempotent_id('68a6daed-e4b3-472e-af0d-933ae39984bc')
    def test_identity(self) -> None:
        """Name, creation, image and owner, in Nova's element."""
        server = self._server()
        nova, _ = self._elements()
        self.assertEqual(server['name'], nova.findtext(f'{NOVA}name'))
        self.assertEqual(server['created'].replace('T', ' ').rstrip('Z'),
                         nova.findtext(f'{NOVA}creationTime'))
        root = nova.find(f'{NOVA}root')
        self.assertEqual(('image', server['image']['id']), (root.get('type'), root.get('uuid')))
        owner = nova.find(f'{NOVA}owner')
        self.assertEqual(server['user_id'], owner.find(f'{NOVA}user').get('uuid'))
        self.assertEqual(server['tenant_id'], owner.find(f'{NOVA}project').get('uuid'))

    @decorators.idempotent_id('47caa7a6-6629-44ed-9b88-34430c96ce57')
    def test_host_and_ports(self) -> None:
        """The host, the ports with their addresses, and the start, in nova-ext's element."""
        ports = self.os_project_member.interfaces_client.list_interfaces(
            self.server_id)['interfaceAttachments']
        _, ours = self._elements()
        self.assertEqual(self.host(self.server_id), ours.find(f'{NOVA_EXT}host').get('name'))
        self.assertEqual(
            {(port['port_id'], port['mac_addr'], port['net_id']) for port in ports},
            {(port.get('uuid'), port.get('mac'), port.get('network'))
             for port in ours.iter(f'{NOVA_EXT}port')})
        for name in ('started', 'refreshed'):
            self.assertRegex(ours.get(name), '^[0-9]{4}-.*Z$')

    @decorators.idempotent_id('570748c9-b126-4bff-bba5-8f1d26a99640')
    def test_rename(self) -> None:
        """A new name shows while the guest runs; the creation stays where it was."""
        before, _ = self._elements()
        name = data_utils.rand_name('nova-ext-renamed')
        self.servers.update_server(self.server_id, name=name)
        self.eventually(
            lambda: self._elements()[0].findtext(f'{NOVA}name') == name,
            f'the domain is called {name}')
        after, _ = self._elements()
        self.assertEqual(*(found.findtext(f'{NOVA}creationTime') for found in (before, after)))

    @decorators.idempotent_id('61c56e51-8261-4699-8bd3-c2f05123d34c')
    def test_hard_reboot(self) -> None:
        """A new start is recorded, and nothing else changes."""
        _, before = self._elements()
        self.reboot(self.server_id)
        self.eventually(
            lambda: self._elements()[1].get('started', '') > before.get('started'),
            'a later start is recorded')
        nova, _ = self._elements()
        self.assertEqual(self._server()['name'], nova.findtext(f'{NOVA}name'))
