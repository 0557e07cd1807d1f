# SPDX-License-Identifier: Apache-2.0
"""Disks, the agent's channel, and what nova-ext has noted in the domain."""

from __future__ import annotations

from typing import Optional

import ddt
from lxml import etree

from nova_ext.virt.libvirt.diagnostics.domain import Disk
from nova_ext.virt.libvirt.metadata import element
from tests.unit import base
from tests.unit.virt.libvirt.diagnostics.test_domain import parse


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestDevices(base.TestCase):
    def test_disk_has_its_bus_its_serial_number_and_its_source(self) -> None:
        self.assertEqual(
            (Disk('vdb', 'virtio', 'a-volume', 'volumes/volume-1'), Disk('sda', 'scsi')),
            parse(devices="""
                <disk type='network' device='disk'>
                  <source protocol='rbd' name='volumes/volume-1'><host name='ceph'/></source>
                  <target dev='vdb' bus='virtio'/><serial>a-volume</serial>
                </disk>
                <disk type='file' device='cdrom'><target dev='sda' bus='scsi'/></disk>""").disks)

    @ddt.data(
        # By the kinds that the operating system names, the first of each.
        ("<boot dev='hd'/>", ('disk', 'cdrom', 'disk'), (0, None, None)),
        ("<boot dev='cdrom'/><boot dev='hd'/>", ('disk', 'cdrom', 'disk'), (1, 0, None)),
        ("<boot dev='network'/><boot dev='hd'/>", ('cdrom', 'lun', 'disk'), (None, 1, None)),
        ("<boot dev='fd'/>", ('floppy', 'disk'), (0, None)),
        ('', ('disk', 'cdrom'), (None, None)))
    @ddt.unpack
    def test_first_disk_of_each_kind_that_is_booted_from_has_a_boot_index(
            self, boot: str, kinds: tuple[str, ...], expected: tuple[Optional[int], ...]) -> None:
        found = parse(f'<os>{boot}</os>', ''.join(f"<disk device='{kind}'/>" for kind in kinds))
        self.assertEqual(expected, tuple(disk.boot_index for disk in found.disks))

    def test_boot_order_of_disks_counts_as_in_a_rescued_guest(self) -> None:
        found = parse(
            devices="<disk/><disk><boot order='1'/></disk><disk><boot order='3'/></disk>")
        self.assertEqual([None, 0, 2], [disk.boot_index for disk in found.disks])

    def test_disk_is_a_disk_where_it_does_not_say(self) -> None:
        self.assertEqual(0, parse("<os><boot dev='hd'/></os>", '<disk/>').disks[0].boot_index)

    @ddt.data(
        ("<target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>", True),
        ("<target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>", False),
        ("<target type='virtio' name='org.qemu.guest_agent.0'/>", None),  # it does not run
        ("<target type='virtio' name='com.redhat.spice.0' state='connected'/>", None),
        ("", None))
    @ddt.unpack
    def test_agent_is_known_by_the_state_of_its_channel(
            self, target: str, expected: Optional[bool]) -> None:
        other = "<channel type='unix'><target type='virtio' name='x' state='connected'/></channel>"
        self.assertIs(
            expected, parse(devices=f"{other}<channel type='unix'>{target}</channel>").agent)

    def test_volumes_and_ports_are_those_that_nova_ext_has_noted(self) -> None:
        volumes = (element.Volume('1', '/dev/vda'), element.Volume('2', None))
        ports = (element.Port('3', 'fa:16:3e:00:00:01', '4'), element.Port('5', None, None))
        noted = etree.tostring(element.build(
            element.Description('1.0', 'host', 'zone', volumes, ports)), encoding='unicode')
        found = parse(f'<metadata>{noted}</metadata>')
        self.assertEqual((volumes, ports), (found.volumes, found.ports))

    @ddt.data(
        ("<source file='/var/lib/nova/instances/1/disk.config'/>", True),
        ("<source file='/var/lib/nova/instances/1/disk.config.rescue'/>", True),
        ("<source dev='/dev/nova/1_disk.config'/>", True),
        ("<source protocol='rbd' name='vms/1_disk.config'><host name='ceph'/></source>", True),
        ("<source file='/var/lib/nova/instances/1/disk'/>", False),
        ("<source file='/var/lib/nova/instances/1/disk.rescue'/>", False),
        ("<source file='/var/lib/nova/instances/1/disk.config.old'/>", False),
        ("<source dev='/dev/sdb'/>", False),
        ("<source protocol='rbd' name='vms/1_disk'/>", False),
        ("<source/>", False),
        ("", False))
    @ddt.unpack
    def test_configuration_drive_is_recognized_by_its_name(
            self, source: str, expected: bool) -> None:
        disk = f"<disk device='cdrom'>{source}<target dev='hda'/></disk>"
        self.assertIs(expected, parse(devices=disk).disks[0].is_config_drive)
