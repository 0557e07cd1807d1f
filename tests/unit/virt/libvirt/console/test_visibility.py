# SPDX-License-Identifier: Apache-2.0
"""Whose configuration files a process sees, by a directory in the place of ``/proc``."""

from __future__ import annotations

from typing import Optional

import ddt

from nova_ext.virt.libvirt.console import visibility
from tests.unit import base

#: What is mounted at ``/`` on a host and in a container, as in mountinfo.
HOST, CONTAINER = '252:1 /', '0:61 /'

QEMU_CONFIGURATION = '/etc/libvirt/qemu.conf'


@ddt.ddt
class TestIsReadByLibvirt(base.TestCase):
    """nova-compute on a host where libvirt does not run at first."""

    def setUp(self) -> None:
        super().setUp()
        self.proc = self.make_directory()
        self.patch(visibility, '_PROC', str(self.proc))
        self.add_process('self', 'nova-compute', HOST)

    def add_process(self, pid: str, name: str, root: str, *mounted: str) -> None:
        """Add a process that sees this root and, on it, these mount points."""
        (self.proc / pid).mkdir(exist_ok=True)
        (self.proc / pid / 'comm').write_text(f'{name}\n')
        (self.proc / pid / 'mountinfo').write_text(''.join(
            f'22 27 {what} {point} rw,relatime shared:1 - ext4 /dev/vda1 rw\n'
            for what, point in (
                ('0:2 /', '/'), (root, '/'), *((f'{root}some', point) for point in mounted))))

    def is_read(self) -> bool:
        """Return whether libvirt reads its configuration that is visible here."""
        return visibility.is_read_by_libvirt(QEMU_CONFIGURATION)

    def test_file_is_not_known_to_be_read_where_libvirt_is_not_visible(self) -> None:
        self.add_process('7', 'bash', HOST)
        self.assertFalse(self.is_read())

    @ddt.data('libvirtd', 'virtqemud')
    def test_file_is_read_by_libvirt_on_the_same_host(self, name: str) -> None:
        self.add_process('7', name, HOST)
        self.assertTrue(self.is_read())

    def test_file_in_a_container_is_not_read_by_libvirt_outside(self) -> None:
        self.add_process('7', 'libvirtd', HOST)
        self.add_process('self', 'nova-compute', CONTAINER, '/etc/hosts', '/run', '/etc/libvirt2')
        self.assertFalse(self.is_read())

    @ddt.data('/etc', '/etc/libvirt', QEMU_CONFIGURATION)
    def test_file_that_is_mounted_into_a_container_is_read(self, mounted: str) -> None:
        self.add_process('self', 'nova-compute', CONTAINER, mounted)
        self.assertTrue(self.is_read())

    @ddt.data('self', '7', None)
    def test_nothing_is_known_of_processes_that_are_not_visible(
            self, pid: Optional[str]) -> None:
        self.add_process('7', 'libvirtd', HOST)
        if pid:
            (self.proc / pid / 'mountinfo').unlink()
        else:
            self.patch(visibility, '_PROC', str(self.proc / 'gone'))
        self.assertFalse(self.is_read())

    def test_this_process_sees_its_own_root(self) -> None:
        self.patch(visibility, '_PROC', '/proc')
        self.assertIn('/', visibility._mounts('self'))
