# SPDX-License-Identifier: Apache-2.0
"""Which logs of servers a host keeps when they are deleted."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any, Optional

import ddt
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.virt.libvirt.console import archive, privileged
from tests.unit.virt.libvirt.console import archives
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestKeep(archives.DeletedTestCase):
    @ddt.data(
        ('deleting', 'active', 'here', True), (None, 'soft-delete', 'here', True),
        (None, 'deleted', 'here', True), (None, 'active', 'here', False),
        ('soft-deleting', 'active', 'here', False), ('migrating', 'active', 'here', False),
        ('resize_reverting', 'resized', 'here', False), ('shelving', 'active', 'here', False),
        ('shelving_offloading', 'shelved', 'here', False), ('rescuing', 'active', 'here', False),
        ('rebuilding', 'active', 'here', False), ('spawning', 'building', 'here', False),
        # It was evacuated, or does not arrive, and is deleted meanwhile.
        ('deleting', 'active', 'there', False), (None, 'deleted', 'there', False),
        ('deleting', 'building', None, False))
    @ddt.unpack
    def test_log_is_kept_where_the_server_is_deleted_and_not_when_it_leaves(
            self, task_state: Optional[str], vm_state: str, host: Optional[str],
            kept: bool) -> None:
        self.server.task_state, self.server.vm_state = task_state, vm_state
        self.server.host = host
        self.deleted.keep(self.server)
        self.assertIs(not kept, self.nova_path.exists())
        self.assertIs(kept, self.kept.exists())
        if kept:
            self.assertEqual((b'nted', 3, 7, 0), self.read(3))
            self.assertEqual(['Kept the console log of the deleted server, 7 bytes'],
                             self.messages(logging.INFO))

    def test_by_default_nothing_is_kept(self) -> None:
        self.conf.clear_override('console_log_after_delete', 'nova_ext')
        self.delete()
        self.assertTrue(self.nova_path.exists())
        self.assertFalse(self.kept.parent.exists())
        self.assert_not_kept()

    def test_nothing_is_kept_where_consoles_are_not_logged(self) -> None:
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        self.delete()
        self.assertTrue(self.nova_path.exists())

    def test_log_elsewhere_is_kept(self) -> None:
        self.log_elsewhere()
        log = Path(self.consoles.get_log_path(self.server))
        files.make(log, b'new', b'old')
        self.delete()
        self.assertEqual(b'oldnew', self.read()[0])
        self.assertFalse(log.exists())

    def add_port(self) -> Path:
        """Have the guest print on a second serial port, and return the path of its log."""
        second = Path(f'{self.nova_path}-port1')
        second.write_bytes(b'of port 1')
        self.patch(self.consoles, 'get_current_log_paths', lambda _: {
            0: str(self.nova_path), 1: str(second)})
        return second

    def test_log_of_each_serial_port_is_kept(self) -> None:
        second = self.add_port()
        self.delete()
        self.assertFalse(second.exists())
        self.assertEqual([b'printed', b'of port 1'],
                         [self.read(port=port)[0] for port in (0, 1)])
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'had no such serial port'):
            self.read(port=2)

    def test_log_of_one_serial_port_is_kept_if_that_of_another_cannot_be(self) -> None:
        keep = privileged.keep_log

        def keep_or_fail(path: str, *arguments: Any) -> archive.Kept:
            if path == str(self.nova_path):
                raise OSError(5, 'Input/output error')
            return keep(path, *arguments)

        self.add_port()
        self.patch(privileged, 'keep_log', keep_or_fail)
        with self.assert_raises(OSError, 'Input/output error'):
            self.delete()
        self.assertEqual(b'of port 1', self.read(port=1)[0])

    def test_server_without_a_log_is_not_logged_about(self) -> None:
        self.nova_path.unlink()
        self.delete()
        self.assertEqual([], self.messages(logging.INFO))
        self.assert_not_kept()

    def test_cut_of_a_log_that_is_too_great_is_warned_about(self) -> None:
        self.conf.set_override('console_log_after_delete_size', 1, 'nova_ext')
        self.nova_path.write_bytes(b'a' * 1024 * 1024)
        self.delete()
        warning, = self.messages(logging.WARNING)
        self.assertIn(f'{archive.RESERVED} older bytes are more than may be kept', warning)

    def test_oldest_log_goes_when_another_is_kept_and_all_are_too_great(self) -> None:
        self.conf.set_override('console_log_after_delete_size', 1, 'nova_ext')
        self.nova_path.write_bytes(b'a' * 600 * 1024)
        first = self.server
        self.delete()
        self.keep_for(0.1)
        self.server = self.make_server()
        (self.instances / self.server.uuid / 'console.log').write_bytes(b'b' * 600 * 1024)
        self.delete()
        self.assertEqual([self.server.uuid], os.listdir(self.kept))
        self.server = first
        self.assertIn('before its time', self.messages(logging.INFO)[-1])

    def test_failure_to_delete_others_is_none_of_the_log_that_is_kept(self) -> None:
        def fail(*_: Any) -> None:
            raise OSError(5, 'Input/output error')

        self.patch(privileged, 'remove_kept_logs', fail)
        self.delete()
        self.assertEqual(b'printed', self.read()[0])
        warning, = self.messages(logging.WARNING)
        self.assertIn('Failed to delete old console logs of deleted servers', warning)

    def test_hanging_disk_is_not_waited_for(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        self.set_disk_timeout(0.2)
        self.patch(privileged, 'keep_log', lambda *_: over.wait(20))
        began = time.monotonic()
        with self.assert_raises(exception.NotResponding, 'the disk with the console logs'):
            self.delete()
        self.assertLess(time.monotonic() - began, 5)

    def test_slow_disk_is_waited_for_once_and_not_for_each_port(self) -> None:
        def keep_slowly(*_: Any) -> archive.Kept:
            time.sleep(0.7)
            return archive.Kept(0, 0)

        self.add_port()
        self.set_disk_timeout(1.0)
        self.patch(privileged, 'keep_log', keep_slowly)
        with self.assert_raises(exception.NotResponding, 'within 1 s'):
            self.delete()
