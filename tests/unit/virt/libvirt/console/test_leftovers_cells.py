# SPDX-License-Identifier: Apache-2.0
"""Logs of servers that were resized into another cell."""

from __future__ import annotations

from typing import Optional

import ddt

from tests.unit import support
from tests.unit.virt.libvirt.console import guests
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestConfirm(guests.GuestsTestCase):
    """The resize is confirmed: on the source Nova cleans up after the record that it has there."""

    def setUp(self) -> None:
        super().setUp()
        self.log_directory = self.log_elsewhere()
        self.server = self.make_server_with_ports(1)
        self.log = self.log_directory / f'{self.server.uuid}-here.console'

    def clean_up(self, task_state: Optional[str], host: str = 'here') -> None:
        self.server.task_state, self.server.host = task_state, host
        self.driver.cleanup(
            support.admin(), self.server, [], destroy_disks=True, destroy_vifs=False)

    def test_only_copy_is_kept_under_another_name(self) -> None:
        files.make(self.log, b'here', b'printed ')
        port = self.log_directory / f'{self.log.name}-port1'
        port.write_bytes(b'of port 1')
        self.clean_up('resize_migrated')
        self.assertEqual(b'printed here', files.read(self.log_directory / f'{self.log.name}.kept'))
        self.assertEqual(b'of port 1', files.read(self.log_directory / f'{port.name}.kept'))
        self.assertEqual(2, len(self.warnings_about(self.server)))
        self.assertIn('has not arrived on the server\'s new host',
                      self.warnings_about(self.server)[0])

    def test_what_an_earlier_resize_sent_says_nothing(self) -> None:
        self.log.write_bytes(b'printed here')
        self.driver._nova_ext.leftovers.note_sent(str(self.log), self.server, sent=True)
        self.clean_up('resize_migrated')
        kept, = self.log_directory.iterdir()
        self.assertEqual(b'printed here', kept.read_bytes())

    @ddt.data(('deleting', 'here'), ('resize_migrated', 'there'), (None, 'here'))
    @ddt.unpack
    def test_log_of_any_other_server_is_deleted(
            self, task_state: Optional[str], host: str) -> None:
        self.log.write_bytes(b'printed here')
        self.clean_up(task_state, host)
        self.assertEqual([], list(self.log_directory.iterdir()))

    def test_log_stays_until_the_resize_is_confirmed(self) -> None:
        """The source destroys the guest before, and deletes its files if its disks are in Ceph."""
        self.conf.set_override('images_type', 'rbd', 'libvirt')
        self.conf.set_override('ensure_libvirt_rbd_instance_dir_cleanup', True, 'workarounds')
        self.log.write_bytes(b'printed here')
        self.server.task_state = 'resize_migrating'
        self.driver.destroy(support.admin(), self.server, [], destroy_disks=False)
        self.assertFalse((self.instances / self.server.uuid).exists())
        self.assertEqual(b'printed here', self.log.read_bytes())
