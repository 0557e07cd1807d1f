# SPDX-License-Identifier: Apache-2.0
"""What nova-compute does with metadata when it starts, at intervals, and when it is asked to."""

from __future__ import annotations

import logging

import libvirt

from tests.unit import support
from tests.unit.virt.libvirt.metadata.driver_base import DriverTestCase


class TestService(DriverTestCase):
    def test_all_guests_are_refreshed_when_service_starts(self) -> None:
        self.replace_nova_method('init_host')
        self.replace_nova_method('cleanup_host')
        self.addCleanup(self.driver.cleanup_host, 'host1')
        self.driver.init_host('host1')
        self.assert_eventually(
            lambda: all(metadata.nova_ext is not None for metadata in self.read_metadata()))

    def test_pass_without_libvirt_fails_once_and_not_over_connection_of_nova(self) -> None:
        for _ in range(5):
            self.add_server()
        nova_connections: list[None] = []
        self.patch(self.driver._host, 'get_connection', lambda: nova_connections.append(None))
        self.patch(self.driver._host, '_connect', lambda uri, read_only: libvirt.open(
            'qemu+unix:///system?socket=/nonexistent'))
        self.addCleanup(self.driver._nova_ext.metadata_task.stop)
        self.driver._nova_ext.metadata_task.start()
        self.assert_eventually(lambda: self.logs.messages(logging.WARNING))
        [error] = self.logs.messages(logging.WARNING)
        self.assert_matches(
            'Periodic task metadata failed, next attempt in 600 s: HypervisorNotResponding: '
            'libvirt cannot be reached: Failed to ', error)
        self.assertEqual([], nova_connections)

    def test_renamed_server_is_refreshed_on_request(self) -> None:
        self.server.display_name = 'renamed'
        *_, endpoint = self.compute.additional_endpoints
        self.assertIs(True, endpoint.refresh_metadata(support.admin(), self.server.uuid))
        self.assertEqual('renamed', self.read_metadata()[1].nova_text('name'))
