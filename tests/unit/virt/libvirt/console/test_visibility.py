# SPDX-License-Identifier: Apache-2.0
"""Whose configuration files a process sees, by a directory in the place of ``/proc``."""

from __future__ import annotations

from typing import Optional

import ddt

from nova_ext.virt import mounts
from nova_ext.virt.libvirt.console import visibility
from tests.unit import base

#: What is mounted at ``/`` on a host and in a container.
HOST, CONTAINER = '252:1 / /', '0:61 / /'

#: What a host and containers have at ``/run``.
RUN = '0:5 / /run'

QEMU_CONFIGURATION = '/etc/libvirt/qemu.conf'


class VisibilityTestCase(base.TestCase):
    """nova-compute on a host where libvirt does not run at first."""

    def setUp(self) -> None:
        super().setUp()
        self.proc = self.make_directory()
        self.patch(mounts, 'PROC', str(self.proc))
        self.add_process('self', 'nova-compute', HOST, RUN)

    def add_process(self, pid: str, name: str, *mounted: str) -> None:
        """Add a process that sees mounts, each on the last that its point is below or the same.

        :param mounted: each a device, the directory on that and the mount point
        """
        (self.proc / pid).mkdir(exist_ok=True)
        (self.proc / pid / 'comm').write_text(f'{name}\n')
        points = [mount.split()[-1].rstrip('/') for mount in mounted]
        (self.proc / pid / 'mountinfo').write_text(''.join(
            f'{10 + number} {self.parent(points, number)} {mount} rw - ext4 /dev/vda1 rw\n'
            for number, mount in enumerate(mounted)))

    def parent(self, points: list[str], number: int) -> int:
        """Return the number of the mount that a mount is on; 1: none that the process sees."""
        earlier = [other for other in range(number)
                   if f'{points[number]}/'.startswith(f'{points[other]}/')]
        return 10 + max(earlier, key=lambda other: (len(points[other]), other)) if earlier else 1


@ddt.ddt
class TestIsReadByLibvirt(VisibilityTestCase):
    def is_read(self) -> bool:
        """Return whether libvirt reads its configuration that is visible here."""
        return visibility.is_read_by_libvirt(QEMU_CONFIGURATION)

    def test_file_is_not_known_to_be_read_where_libvirt_is_not_visible(self) -> None:
        self.add_process('7', 'bash', HOST, RUN)
        self.assertFalse(self.is_read())

    @ddt.data('libvirtd', 'virtqemud')
    def test_file_is_read_by_libvirt_on_the_same_host(self, name: str) -> None:
        self.add_process('7', name, HOST, RUN)
        self.assertTrue(self.is_read())

    def test_file_in_a_container_is_not_read_by_libvirt_outside(self) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('self', 'nova-compute', CONTAINER, RUN, '252:1 /h /etc/hosts',
                         '252:1 /etc/libvirt2 /etc/libvirt2')
        self.assertFalse(self.is_read())

    @ddt.data(
        '252:1 /etc/libvirt /etc/libvirt', '252:1 /etc/libvirt/qemu.conf /etc/libvirt/qemu.conf',
        '252:1 /etc /etc')
    def test_file_that_is_mounted_from_where_libvirt_reads_it_is_read(self, mounted: str) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('self', 'nova-compute', CONTAINER, RUN, mounted)
        self.assertTrue(self.is_read())

    @ddt.data(
        '252:1 /etc/kolla /etc/libvirt', '252:2 /etc/libvirt /etc/libvirt',
        '252:1 /etc/libvirt/qemu.conf//deleted /etc/libvirt/qemu.conf')
    def test_file_that_is_mounted_from_elsewhere_is_not_read(self, mounted: str) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('self', 'nova-compute', CONTAINER, RUN, mounted)
        self.assertFalse(self.is_read())

    @ddt.data('0:70 / /etc', '252:1 /sandbox /etc/libvirt', '252:1 /q /etc/libvirt/qemu.conf')
    def test_file_is_not_read_by_libvirt_that_has_another_mounted_there(
            self, mounted: str) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN, mounted)
        self.assertFalse(self.is_read())

    def test_files_of_containers_are_the_same_if_the_same_is_mounted(self) -> None:
        shared = RUN, '252:1 /etc/kolla /etc/libvirt'
        self.add_process('7', 'libvirtd', '0:60 / /', *shared)
        self.add_process('self', 'nova-compute', CONTAINER, *shared)
        self.assertTrue(self.is_read())

    def test_libvirt_that_listens_elsewhere_does_not_count(self) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('8', 'libvirtd', HOST, '0:71 / /run', '252:1 /sandbox /etc/libvirt')
        self.assertTrue(self.is_read())
        self.add_process('7', 'libvirtd', HOST, '0:72 / /run')
        self.assertFalse(self.is_read())

    def test_every_libvirt_that_listens_here_counts(self) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('8', 'virtqemud', HOST, RUN, '252:1 /sandbox /etc/libvirt')
        self.assertFalse(self.is_read())

    @ddt.data('252:1 /x /etc/libvirt', '252:1 /x /etc/libvirt/qemu.conf')
    def test_file_that_is_mounted_is_read_where_libvirt_is_not_visible(self, mounted: str) -> None:
        self.add_process('self', 'nova-compute', CONTAINER, RUN, mounted)
        self.assertTrue(self.is_read())

    def test_mount_of_the_whole_directory_of_configuration_says_nothing(self) -> None:
        self.add_process('self', 'nova-compute', HOST, RUN, '252:1 /etc /etc')
        self.assertFalse(self.is_read())

    def test_target_of_a_link_has_to_be_the_same(self) -> None:
        target = self.make_directory()
        link = self.make_directory() / 'qemu.conf'
        link.symlink_to(target / 'qemu.conf')
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.assertTrue(visibility.is_read_by_libvirt(str(link)))
        self.add_process('7', 'libvirtd', HOST, RUN, f'252:1 /sandbox {target}')
        self.assertFalse(visibility.is_read_by_libvirt(str(link)))

    @ddt.data('self', '7', None)
    def test_nothing_is_known_of_processes_that_are_not_visible(
            self, pid: Optional[str]) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        if pid:
            (self.proc / pid / 'mountinfo').unlink()
        else:
            self.patch(mounts, 'PROC', str(self.proc / 'gone'))
        self.assertFalse(self.is_read())


class TestIsReadByVirtlogd(VisibilityTestCase):
    def is_read(self) -> bool:
        """Return whether virtlogd reads its configuration that is visible here."""
        return visibility.is_read_by_virtlogd('/etc/libvirt/virtlogd.conf')

    def test_file_is_read_by_virtlogd_whatever_libvirt_reads(self) -> None:
        self.add_process('7', 'libvirtd', HOST, RUN)
        self.add_process('8', 'virtlogd', HOST, RUN, '252:1 /sandbox /etc/libvirt')
        self.assertFalse(self.is_read())
        self.add_process('7', 'libvirtd', HOST, RUN, '252:1 /sandbox /etc/libvirt')
        self.add_process('8', 'virtlogd', HOST, RUN)
        self.assertTrue(self.is_read())

    def test_virtlogd_that_is_not_started_yet_will_be_where_libvirt_is(self) -> None:
        self.assertFalse(self.is_read())
        self.add_process('7', 'virtqemud', HOST, RUN)
        self.assertTrue(self.is_read())
