# SPDX-License-Identifier: Apache-2.0
"""The driver where a server is deleted whose log is kept for a while."""

from __future__ import annotations

import time
from typing import Any

from nova_ext.virt.libvirt.console import privileged
from tests.unit.virt.libvirt.console import archives, base, domains


class TestDeleteInstanceFiles(base.DriverTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf.set_override('console_log_after_delete', 1, 'nova_ext')
        self.kept = self.instances / 'nova-ext-deleted' / 'here'
        self.server.task_state = 'deleting'
        self.log.write_bytes(b'printed')

    def read(self) -> bytes:
        self.server.deleted = True
        data: bytes = self.driver._nova_ext.capabilities.console_log.read_console_log(
            self.server, 0, 100).data
        return data

    def test_log_outlives_the_directory_of_the_server(self) -> None:
        self.define(self.server, domains.tcp(log=str(self.log)))
        self.assertIs(True, self.driver.delete_instance_files(self.server))
        self.assertEqual([self.kept.parent], list(self.instances.iterdir()))
        self.assertEqual(b'printed', self.read())

    def test_log_elsewhere_is_kept_before_it_is_deleted(self) -> None:
        log = self.log_elsewhere() / f'{self.server.uuid}-here.console'
        log.write_bytes(b'elsewhere')
        self.assertIs(True, self.driver.delete_instance_files(self.server))
        self.assertEqual([], list(log.parent.iterdir()))
        self.assertEqual(b'elsewhere', self.read())

    def test_server_that_leaves_takes_its_log_along(self) -> None:
        self.server.task_state = 'shelving_offloading'
        self.assertIs(True, self.driver.delete_instance_files(self.server))
        self.assertFalse(self.kept.exists())

    def test_files_are_deleted_despite_a_failure(self) -> None:
        def fail(*_: Any) -> None:
            raise PermissionError(13, 'Permission denied')

        self.patch(privileged, 'keep_log', fail)
        self.assertIs(True, self.driver.delete_instance_files(self.server))
        counts = self.driver._nova_ext.capabilities.failures.counts()
        self.assertEqual({'console_log': 1, 'metadata': 0}, counts)
        self.assertEqual([], list(self.instances.iterdir()))
        warning, = self.warnings_about(self.server)
        self.assertIn('Failed to keep the console log of the deleted server: PermissionError: '
                      '[Errno 13] Permission denied', warning)

    def test_what_was_kept_long_enough_is_deleted_at_the_start_of_the_service(self) -> None:
        removed: list[Any] = []
        remove = privileged.remove_kept_logs

        def note(*arguments: Any) -> Any:
            removed.append(arguments)
            return remove(*arguments)

        self.patch(privileged, 'remove_kept_logs', note)
        extensions = self.driver._nova_ext
        self.addCleanup(extensions.stop)
        extensions.start()
        end = time.monotonic() + 10
        while not removed and time.monotonic() < end:
            time.sleep(0.01)
        self.assertEqual([(str(self.kept), archives.HOUR, 1024 ** 3)], removed)
