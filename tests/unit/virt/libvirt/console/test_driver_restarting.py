# SPDX-License-Identifier: Apache-2.0
"""The driver where Nova deletes the files of a server that it only starts anew."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Optional

import ddt
from nova.virt.libvirt import driver as nova_driver

from tests.unit import support
from tests.unit.virt.libvirt.console import guests
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestHardReboot(guests.GuestsTestCase):
    """The guest's disks are in Ceph, and Nova deletes its directory whenever it ends it.

    :attr:`log` is outside of that directory.
    """

    def setUp(self) -> None:
        super().setUp()
        directory = self.log_elsewhere()
        self.guest = self.make_guest()
        self.log = Path(directory, f'{self.guest.uuid}-here.console')
        self.log.write_bytes(b'printed before')
        self.conf.set_override('images_type', 'rbd', 'libvirt')
        self.conf.set_override('ensure_libvirt_rbd_instance_dir_cleanup', True, 'workarounds')
        self.in_directory = self.instances / self.guest.uuid / 'disk.config'
        self.in_directory.touch()

    @ddt.data('powering-on', 'reboot_started_hard', None)
    def test_log_elsewhere_goes_on(self, task_state: Optional[str]) -> None:
        self.guest.task_state = task_state
        self.hard_reboot(self.guest)
        self.assertFalse(self.in_directory.exists())
        self.assertEqual(b'printed before', files.read(self.log))

    def test_log_of_a_server_that_is_restored_is_not_that_of_a_deleted_one(self) -> None:
        self.conf.set_override('console_log_after_delete', 1, 'nova_ext')
        self.guest.task_state, self.guest.vm_state = 'restoring', 'soft-delete'
        self.hard_reboot(self.guest)
        self.assertEqual(b'printed before', files.read(self.log))
        self.assertFalse((self.instances / 'nova-ext-deleted').exists())

    def test_log_goes_with_a_server_that_is_deleted_meanwhile(self) -> None:
        def delete_first(*_: Any, **__: Any) -> None:
            deletion = threading.Thread(
                target=lambda: self.driver.delete_instance_files(self.guest))
            deletion.start()
            deletion.join()

        self.patch(nova_driver.LibvirtDriver, '_hard_reboot', delete_first)
        self.hard_reboot(self.guest)
        self.assertEqual([], list(self.log.parent.iterdir()))

    @ddt.data(False, True)
    def test_log_goes_with_a_server_that_is_deleted_after_it(self, failed: bool) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError('broken')

        if failed:
            self.patch(nova_driver.LibvirtDriver, '_hard_reboot', fail)
            with self.assert_raises(RuntimeError):
                self.hard_reboot(self.guest)
        else:
            self.hard_reboot(self.guest)
        self.driver.destroy(support.admin(), self.guest, [], destroy_disks=False)
        self.assertEqual([], list(self.log.parent.iterdir()))
