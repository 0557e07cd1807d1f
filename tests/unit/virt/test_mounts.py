# SPDX-License-Identifier: Apache-2.0
"""Mounts of this process and of another."""

from __future__ import annotations

from typing import Optional

import ddt

from nova_ext.virt import mounts
from tests.unit import base

#: The mounts of a host: ``/etc`` is mounted over what was mounted below it.
LINES = (
    '1 1 0:2 / / rw - rootfs rootfs rw',
    '20 1 252:1 /root / rw shared:1 - ext4 /dev/vda1 rw',
    '21 20 0:5 / /run rw shared:2 - tmpfs tmpfs rw',
    '22 20 252:2 /old /etc/libvirt rw - ext4 /dev/vdb rw',
    '23 20 252:1 /deploy/etc /etc rw - ext4 /dev/vda1 rw',
    '24 20 252:1 /removed//deleted /opt rw - ext4 /dev/vda1 rw',
    '25 21 0:6 / /run/user rw - tmpfs tmpfs rw',
    '26 25 0:7 /of/it /run/user rw - tmpfs tmpfs rw',
)


@ddt.ddt
class TestMounts(base.TestCase):
    @ddt.data(
        ('/', '/', '252:1', '/root'), ('/usr/lib', '/', '252:1', '/root/usr/lib'),
        ('/run', '/run', '0:5', '/'), ('/run/libvirt', '/run', '0:5', '/libvirt'),
        ('/running', '/', '252:1', '/root/running'),
        ('/etc/libvirt/qemu.conf', '/etc', '252:1', '/deploy/etc/libvirt/qemu.conf'),
        ('/run/user/1', '/run/user', '0:7', '/of/it/1'))
    @ddt.unpack
    def test_path_leads_to_what_is_mounted_last(
            self, path: str, point: str, device: str, source: str) -> None:
        found = mounts.Mounts(LINES)
        self.assertEqual((device, source), found.place(path))
        self.assertEqual(point, found.point(path))

    @ddt.data(
        ('1 0 252:1 / / rw shared:1 - ext4 /dev/vda1 rw', True),
        ('1 0 0:30 / / rw - overlay overlay rw,lowerdir=/a:/b', False),
        ('1 0 0:31 /docker/btrfs/subvolumes/1 / rw - btrfs /dev/vda1 rw', False),
        ('1 0 0:32 / / rw - zfs pool/docker/1 rw', False),
        ('1 0 252:1 / /mnt rw - ext4 /dev/vda1 rw', False), ('1 0 252:1 / / rw', False))
    @ddt.unpack
    def test_root_of_a_machine_is_all_of_a_device(self, line: str, expected: bool) -> None:
        self.assertIs(expected, mounts.Mounts([line]).is_whole_device('/'))

    def test_deleted_directory_is_not_known_from_another(self) -> None:
        self.assertIsNone(mounts.Mounts(LINES).place('/opt/file'))

    @ddt.data((), LINES[2:])
    def test_nothing_is_known_without_a_root(self, lines: tuple[str, ...]) -> None:
        found = mounts.Mounts(lines)
        self.assertEqual((None, None), (found.place('/etc'), found.point('/etc')))

    @ddt.data('self', 'gone')
    def test_mounts_of_a_process_are_those_in_proc(self, pid: str) -> None:
        expected: Optional[str] = '/proc' if pid == 'self' else None
        self.assertEqual(expected, mounts.Mounts.of(pid).point('/proc/1'))
