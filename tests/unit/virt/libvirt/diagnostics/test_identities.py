# SPDX-License-Identifier: Apache-2.0
"""Which volume a disk is and which port a NIC is."""

from __future__ import annotations

import uuid
from typing import Any, Optional

import ddt
from lxml import etree

from nova_ext.virt.libvirt.diagnostics import domain, identities
from nova_ext.virt.libvirt.diagnostics.domain import Disk
from nova_ext.virt.libvirt.metadata import element
from nova_ext.virt.libvirt.metadata.element import Port, Volume
from tests.unit import base, support
from tests.unit.virt.libvirt.metadata import fakes

ONE, OTHER = (str(uuid.UUID(int=number)) for number in (1, 2))
MAC = 'fa:16:3e:00:00:01'
NIC = f"<interface type='bridge'><mac address='{MAC}'/><target dev='{{device}}'/></interface>"


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestVolume(base.TestCase):
    @ddt.data(
        # As Nova makes the disk, whether or not nova-ext has noted it yet.
        (Disk('vdb', serial=ONE), [Volume(ONE, '/dev/vdb')], ONE),
        (Disk('vdb', serial=ONE), [Volume(OTHER, '/dev/vda')], ONE),
        (Disk('vdb', serial=ONE), [Volume(OTHER, None)], ONE),
        (Disk('vdb', serial=ONE), [], ONE),
        # Swapped for another, or noted before another was attached by the same name.
        (Disk('vdb', serial=ONE, source=f'volumes/volume-{OTHER}'),
         [Volume(OTHER, '/dev/vdb')], OTHER),
        (Disk('vdb', serial=ONE, source=f'/mnt/volume-{ONE}'), [Volume(OTHER, '/dev/vdb')], ONE),
        (Disk('vdb', serial=ONE, source='/dev/sdx'), [Volume(OTHER, '/dev/vdb')], None),
        # Local disks.
        (Disk('vda', source='/instances/1/disk'), [], None),
        (Disk('vda', serial='QM00001'), [], None),
        (Disk('vda'), [Volume(ONE, '/dev/vda')], None))
    @ddt.unpack
    def test_volume_is_what_serial_number_and_notes_agree_on(
            self, disk: Disk, volumes: list[Volume], expected: Optional[str]) -> None:
        self.assertEqual(expected, identities.volume_id(disk, volumes))


class TestPort(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.instance = support.instance()
        self.notes: tuple[Port, ...] = ()

    def find(self, *interfaces: str) -> list[Optional[Port]]:
        """Find the ports of NICs; the notes are in the domain."""
        built = element.build(element.Description('1', 'host', None, (), self.notes))
        metadata = etree.tostring(built, encoding='unicode')
        return identities.find_ports(domain.parse(
            f"<domain><metadata>{metadata}</metadata><devices>{''.join(interfaces)}</devices>"
            "</domain>"), self.instance)

    def cache(self, *vifs: Any) -> None:
        """Let the caller have sent the server's cached network information."""
        from nova import objects
        from nova.network import model

        self.instance.info_cache = objects.InstanceInfoCache(
            instance_uuid=self.instance.uuid, network_info=model.NetworkInfo(vifs))

    def test_port_is_found_by_address_in_the_notes(self) -> None:
        self.notes = (Port(ONE, MAC, 'network'), Port(OTHER, 'fa:16:3e:00:00:02', 'other'))
        self.assertEqual([self.notes[0]], self.find(NIC.format(device='tap1')))

    def test_port_is_found_by_address_in_the_record_that_was_sent(self) -> None:
        vif = fakes.make_vif(1)
        self.cache(vif, fakes.make_vif(2))
        self.assertEqual([Port(vif['id'], MAC, fakes.NETWORK)], self.find(
            NIC.format(device='tap1')))

    def test_record_without_network_information_is_not_read(self) -> None:
        def fail(*arguments: Any) -> None:
            raise AssertionError('it asks the database')

        self.patch(type(self.instance), 'obj_load_attr', fail)
        self.assertEqual([None], self.find(NIC.format(device='tap1')))

    def test_server_without_cached_ports_has_none(self) -> None:
        self.instance.info_cache = None
        self.assertEqual([None], self.find(NIC.format(device='tap1')))

    def test_interface_id_of_open_vswitch_counts_more_than_the_address(self) -> None:
        nic = (f"<interface type='bridge'><mac address='{MAC}'/><virtualport type='openvswitch'>"
               f"<parameters interfaceid='{OTHER}'/></virtualport></interface>")
        self.notes = (Port(ONE, MAC, 'network'), Port(OTHER, 'fa:16:3e:00:00:02', 'other'))
        self.assertEqual([self.notes[1]], self.find(nic))
        self.notes = ()
        self.assertEqual([Port(OTHER, MAC, None)], self.find(nic))

    def test_ports_with_one_address_are_told_apart_by_the_device(self) -> None:
        self.notes = (Port(ONE, MAC, 'network'), Port(OTHER, MAC.upper(), 'other'))
        ports = ('a' + ONE[1:], 'b' + OTHER[1:])
        self.notes = tuple(Port(port, MAC, port) for port in ports)
        self.assertEqual(
            [self.notes[1], self.notes[0], None], self.find(*(
                NIC.format(device=device) for device in (
                    f'tap{ports[1][:11]}', f'tap{ports[0][:11]}', 'macvtap0'))))

    def test_unknown_nic_has_no_port(self) -> None:
        self.notes = (Port(ONE, None, None),)
        self.assertEqual([None, None], self.find(
            NIC.format(device='tap1'), "<interface type='bridge'/>"))
