# SPDX-License-Identifier: Apache-2.0
"""How the logs of deleted servers are read, and when they go."""

from __future__ import annotations

import logging
import os
from typing import Any

from nova import exception as nova_exception

from nova_ext.virt.libvirt.console import archive, expiry, privileged
from tests.unit.virt.libvirt.console import archives


class TestRead(archives.DeletedTestCase):
    def test_server_that_is_not_deleted_is_read_where_it_is(self) -> None:
        self.server.vm_state = 'soft-delete'
        self.assertEqual(
            (b'printed', 0, 7, 0), tuple(self.deleted.read_console_log(self.server, 0, 100)))
        self.assertFalse(self.kept.exists())

    def test_offsets_are_those_of_before_the_deletion(self) -> None:
        before = tuple(self.deleted.read_console_log(self.server, -4, 100))
        self.delete()
        self.assertEqual(before, self.read(-4))

    def test_log_is_not_shown_when_its_time_is_over(self) -> None:
        self.delete()
        self.keep_for(1)
        self.assert_not_kept()

    def test_log_of_a_server_that_is_not_cleaned_up_yet_is_not_shown(self) -> None:
        """Nova has deleted it while its host was down."""
        self.assert_not_kept()
        self.assertEqual(b'printed', self.nova_path.read_bytes())

    def test_log_that_cannot_be_read_is_not_available_and_warned_about(self) -> None:
        self.delete()
        log = self.kept / self.server.uuid / archive.NEWEST
        log.unlink()
        log.mkdir()
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'Not a regular file'):
            self.read()
        self.assertIn('cannot be read', self.messages(logging.WARNING)[0])


class TestRemoveOld(archives.DeletedTestCase):
    def test_log_is_deleted_when_its_time_is_over(self) -> None:
        self.delete()
        self.deleted.remove_old()
        self.assertEqual([self.server.uuid], os.listdir(self.kept))
        self.keep_for(1)
        self.deleted.remove_old()
        self.assertEqual([], os.listdir(self.kept))
        self.assertIn('kept long enough', self.messages(logging.INFO)[-1])

    def test_all_go_once_when_the_option_is_0(self) -> None:
        self.assertEqual(60, self.deleted.interval)
        self.delete()
        self.conf.set_override('console_log_after_delete', 0, 'nova_ext')
        self.assertEqual(0, self.deleted.interval)
        self.deleted.remove_old()
        self.assertEqual([], os.listdir(self.kept))

    def test_directory_that_root_may_not_see_is_an_error_only_where_logs_are_kept(self) -> None:
        def fail(*_: Any) -> None:
            raise PermissionError(13, 'Permission denied')

        self.patch(privileged, 'remove_kept_logs', fail)
        with self.assert_raises(PermissionError):
            self.deleted.remove_old()
        self.conf.set_override('console_log_after_delete', 0, 'nova_ext')
        self.deleted.remove_old()
        self.assertEqual([], self.messages(logging.WARNING))

    def test_failure_is_warned_about_once(self) -> None:
        self.patch(privileged, 'remove_kept_logs', lambda *_: expiry.Removed(
            [], [], {self.server.uuid: 'Read-only file system'}))
        for _ in range(3):
            self.deleted.remove_old()
        warning, = self.messages(logging.WARNING)
        self.assertIn('Read-only file system', warning)

    def test_failure_is_an_error_where_nothing_is_to_be_kept(self) -> None:
        """For the task is called until it has succeeded once."""
        self.conf.set_override('console_log_after_delete', 0, 'nova_ext')
        self.patch(privileged, 'remove_kept_logs', lambda *_: expiry.Removed(
            [], [], {self.server.uuid: 'Input/output error'}))
        with self.assert_raises(OSError, '^1 console logs of deleted servers are left$'):
            self.deleted.remove_old()
