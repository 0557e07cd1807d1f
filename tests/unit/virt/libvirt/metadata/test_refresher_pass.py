# SPDX-License-Identifier: Apache-2.0
"""The pass over all guests of a host."""

from __future__ import annotations

import logging

import ddt
import libvirt

from nova_ext import exception
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt.metadata import base


@ddt.ddt
class TestPass(base.RefresherTestCase):
    def add_servers(self) -> None:
        """Have five servers: with three running guests, a stopped one, and without a domain."""
        self.servers = [
            self.server, self.add_server(), self.add_server(), self.add_server(running=False),
            self.records.add()]

    def has_metadata(self) -> list[bool]:
        """Return which of the guests have nova-ext's element in the live definition."""
        return [self.read_metadata(server)[0].nova_ext is not None
                for server in self.servers[:4]]

    def test_each_guest_is_read_once_and_written_once(self) -> None:
        self.add_servers()
        self.refresher.refresh_all()
        for server in self.servers[:4]:
            for metadata in self.read_metadata(server):
                self.assertIsNotNone(metadata.nova_ext)
        self.monitors.calls.clear()
        self.refresher.refresh_all()
        self.assertEqual(4, self.monitors.count('XMLDesc'))
        self.assertEqual(0, self.monitors.count('setMetadata'))
        # Both elements in the persistent definition of each guest that runs.
        self.assertEqual(3 * 2, self.monitors.count('metadata'))

    @ddt.data(
        exception.GuestNotResponding('hung'), ValueError('whatever'),
        libvirt_fixtures.libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED))
    def test_failure_for_one_guest_does_not_stop_the_pass(self, error: Exception) -> None:
        self.add_servers()
        self.monitors.errors[self.servers[1].uuid] = error
        self.refresher.refresh_all()
        self.assertEqual([True, False, True, True], self.has_metadata())
        [warning] = [record for record in self.logs.records if record.levelno == logging.WARNING]
        self.assertEqual(
            self.servers[1].uuid, warning.instance.uuid)  # type: ignore[attr-defined]
        self.assertIn('3 of 5 domains has changed, 1 could not', self.logs.text)

    def test_server_with_a_task_is_skipped(self) -> None:
        self.add_servers()
        self.servers[0].task_state = 'rebooting'
        self.refresher.refresh_all()
        self.assertEqual([False, True, True, True], self.has_metadata())

    def test_records_read_before_an_operation_are_not_written_after_it(self) -> None:
        def rename() -> None:
            self.server.display_name = 'renamed'
            self.refresher.refresh(self.server.uuid)

        self.records.meanwhile = rename
        self.refresher.refresh_all()
        self.assertEqual('renamed', self.read_metadata()[0].nova_text('name'))
        self.records.meanwhile = lambda: None
        self.server.display_name = 'again'
        self.refresher.refresh_all()
        self.assertEqual('again', self.read_metadata()[0].nova_text('name'))
