# SPDX-License-Identifier: Apache-2.0
"""The pass over all guests of a host."""

from __future__ import annotations

import logging
from typing import Any

import ddt
import libvirt

from nova_ext import exception
from nova_ext.virt.libvirt import queries
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
        self.queries.calls.clear()
        self.records.reads.clear()
        self.refresher.refresh_all()
        self.assertEqual({'instances': 1, 'all devices': 1}, self.records.reads)
        # A guest that runs has two definitions.
        self.assertEqual(3 * 2 + 1, self.queries.count('XMLDesc'))
        self.assertEqual(0, self.queries.count('setMetadata'))

    @ddt.data(
        exception.NotResponding('hung'), ValueError('whatever'),
        libvirt_fixtures.libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED))
    def test_failure_for_one_guest_does_not_stop_the_pass(self, error: Exception) -> None:
        self.add_servers()
        self.queries.errors[self.servers[1].uuid] = error
        self.refresher.refresh_all()
        self.assertEqual([True, False, True, True], self.has_metadata())
        [warning] = [record for record in self.logs.records if record.levelno == logging.WARNING]
        self.assertEqual(
            self.servers[1].uuid, warning.instance.uuid)  # type: ignore[attr-defined]
        self.assertIn('3 of 5 domains has changed, 1 could not', self.logs.text)
        self.assertEqual({'metadata': 1}, self.refresher.failures.counts())

    def test_pass_ends_when_libvirt_does_not_answer(self) -> None:
        self.add_servers()
        self.queries.silent = True
        with self.assert_raises(exception.HypervisorNotResponding):
            self.refresher.refresh_all()
        self.assertEqual([], self.logs.messages(logging.WARNING))

    def test_qemu_of_a_guest_that_is_right_is_not_asked(self) -> None:
        self.add_servers()
        self.refresher.refresh_all()
        self.logs.clear()
        self.patch(self.queries, 'ask_guest', None)
        self.refresher.refresh_all()
        self.assertEqual([], self.logs.messages(logging.WARNING))

    def test_server_with_a_task_is_skipped(self) -> None:
        self.add_servers()
        self.servers[0].task_state = 'rebooting'
        self.refresher.refresh_all()
        self.assertEqual([False, True, True, True], self.has_metadata())

    def test_server_that_gets_a_task_meanwhile_is_left_to_it(self) -> None:
        self.records.meanwhile = lambda: self.server.update({'task_state': 'rebooting'})
        self.refresher.refresh_all()
        self.assertEqual(0, self.queries.count('setMetadata'))

    def test_server_that_gets_another_host_meanwhile_is_left_to_it(self) -> None:
        self.records.meanwhile = lambda: self.server.update({'host': 'host2'})
        self.refresher.refresh_all()
        self.assertEqual(0, self.queries.count('setMetadata'))

    def test_server_that_is_deleted_meanwhile_is_ignored(self) -> None:
        self.records.meanwhile = self.records.servers.clear
        self.refresher.refresh_all()
        self.assertEqual([], self.logs.messages(logger='nova_ext'))

    def test_pass_ends_at_the_first_server_when_there_is_no_connection(self) -> None:
        self.add_servers()
        attempts: list[None] = []

        def connect() -> Any:
            attempts.append(None)
            return libvirt.open('qemu+unix:///system?socket=/nonexistent')

        refresher = self.make_refresher(queries.Queries(connect, 5))
        with self.assert_raises(exception.HypervisorNotResponding, 'Failed to connect'):
            refresher.refresh_all()
        self.assertEqual(1, len(attempts))
        self.assertEqual([], self.logs.messages(logger='nova_ext'))
