# SPDX-License-Identifier: Apache-2.0
"""Servers that tests make, and what they do to them."""

from __future__ import annotations

from typing import Any

from tempest import config
from tempest.common import waiters
from tempest.lib.common.utils import data_utils, test_utils

from nova_ext.tempest_plugin.tests import base

CONF = config.CONF


class ServersTest(base.NovaExtTest):
    """A class of tests that makes servers, which are deleted when all its tests are done."""

    @classmethod
    def setup_credentials(cls) -> None:
        """Have a network made with the project, where Tempest may make some."""
        cls.set_network_resources(network=True, subnet=True, dhcp=True)
        super().setup_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        """Nova's own client, as the owner and as an administrator."""
        super().setup_clients()
        cls.servers = cls.os_project_member.servers_client
        cls.admin_servers = cls.os_admin.servers_client

    @classmethod
    def create_server(cls, name: str = '', *, wait: bool = True) -> str:
        """Boot a server of the member's and return its id."""
        network = cls.get_tenant_network('project_member')
        networks = {'networks': [{'uuid': network['id']}]} if network else {}
        server_id = str(cls.servers.create_server(
            name=name or data_utils.rand_name('nova-ext'), imageRef=CONF.compute.image_ref,
            flavorRef=CONF.compute.flavor_ref, **networks)['server']['id'])
        cls.addClassResourceCleanup(
            waiters.wait_for_server_termination, cls.servers, server_id)
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc, cls.servers.delete_server, server_id)
        if wait:
            cls.wait_for(server_id, 'ACTIVE')
        return server_id

    @classmethod
    def wait_for(cls, server_id: str, status: str) -> None:
        """Wait until the server has the status and nothing is being done to it."""
        waiters.wait_for_server_status(cls.servers, server_id, status)

    @classmethod
    def stop(cls, server_id: str) -> None:
        """Shut it off."""
        cls.servers.stop_server(server_id)
        cls.wait_for(server_id, 'SHUTOFF')

    @classmethod
    def start(cls, server_id: str) -> None:
        """Start it."""
        cls.servers.start_server(server_id)
        cls.wait_for(server_id, 'ACTIVE')

    @classmethod
    def reboot(cls, server_id: str) -> None:
        """Reboot it hard."""
        cls.servers.reboot_server(server_id, type='HARD')
        cls.wait_for(server_id, 'ACTIVE')

    @classmethod
    def live_migrate(cls, server_id: str) -> None:
        """Have it go to another host that the scheduler chooses."""
        cls.admin_servers.live_migrate_server(
            server_id, host=None, disk_over_commit=False,
            block_migration=CONF.compute_feature_enabled.block_migration_for_live_migration)
        cls.wait_for(server_id, 'ACTIVE')

    @classmethod
    def host(cls, server_id: str) -> str:
        """Nova's name of the compute host that it is on."""
        return str(cls.admin_servers.show_server(server_id)['server']['OS-EXT-SRV-ATTR:host'])

    def eventually(self, condition: Any, what: str) -> None:
        """Fail unless the condition comes true within ``[compute] build_timeout``."""
        self.assertTrue(
            test_utils.call_until_true(
                condition, CONF.compute.build_timeout, CONF.compute.build_interval),
            f'not within {CONF.compute.build_timeout} s: {what}')
