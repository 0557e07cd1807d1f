# SPDX-License-Identifier: Apache-2.0
"""What a domain's XML tells about a guest."""

from __future__ import annotations

from typing import Optional

import ddt
from lxml import etree

from nova_ext.virt.libvirt.diagnostics import domain
from nova_ext.virt.libvirt.diagnostics.domain import Disk, Nic
from tests.unit import base


def parse(elements: str = '', devices: str = '') -> domain.Domain:
    """Parse a domain with those elements and devices."""
    return domain.parse(f"<domain type='kvm'>{elements}<devices>{devices}</devices></domain>")


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestParse(base.TestCase):
    def test_domain_as_libvirt_writes_it(self) -> None:
        self.assertEqual(
            domain.Domain(
                id=3, name='instance-00000001', hypervisor='qemu', cpus=(0, 1),
                memory_mib=128, disks=(
                    Disk('vda', 'virtio', source='/instances/1/disk', boot_index=0),
                    Disk('hda', 'ide')),
                nics=(Nic('fa:16:3e:00:00:01', 'tap1'),), balloon_period=10, agent=None,
                volumes=(), ports=()),
            domain.parse("""
        <domain type='qemu' id='3'>
          <name>instance-00000001</name>
          <metadata><x:disk xmlns:x='urn:x'><x:target dev='vdz'/></x:disk></metadata>
          <memory unit='KiB'>131072</memory>
          <currentMemory unit='KiB'>65536</currentMemory>
          <vcpu placement='static'>2</vcpu>
          <os><type>hvm</type><boot dev='hd'/></os>
          <devices>
            <disk type='file' device='disk'>
              <source file='/instances/1/disk' index='2'/>
              <backingStore type='file'><source file='/base/disk.config'/></backingStore>
              <target dev='vda' bus='virtio'/>
            </disk>
            <disk type='file' device='cdrom'><target dev='hda' bus='ide'/></disk>
            <interface type='bridge'>
              <mac address='FA:16:3E:00:00:01'/><target dev='tap1'/>
            </interface>
            <memballoon model='virtio'><stats period='10'/></memballoon>
          </devices>
        </domain>"""))

    def test_empty_domain_has_defaults(self) -> None:
        self.assertEqual(
            domain.Domain(
                id=0, name='', hypervisor=None, cpus=(0,), memory_mib=None, disks=(), nics=(),
                balloon_period=None, agent=None, volumes=(), ports=()),
            domain.parse('<domain/>'))

    @ddt.data(
        ("<vcpu>4</vcpu>", (0, 1, 2, 3)),
        ("<vcpu placement='static' cpuset='0-3'>4</vcpu>", (0, 1, 2, 3)),
        ("<vcpu current='2'>4</vcpu>", (0, 1)),
        ("<vcpu/>", (0,)),
        ("", (0,)),
        ("<vcpu current='2'>4</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/>"
         "<vcpu id='1' enabled='no'/><vcpu id='2' enabled='yes'/><vcpu id='3' enabled='no'/>"
         "</vcpus>", (0, 2)))
    @ddt.unpack
    def test_vcpus_are_those_that_are_plugged_in_with_their_own_numbers(
            self, vcpu: str, numbers: tuple[int, ...]) -> None:
        self.assertEqual(numbers, parse(vcpu).cpus)

    @ddt.data(
        ("<memory>131072</memory>", 128),
        ("<memory unit='KiB'>131072</memory>", 128),
        ("<memory unit='k'>131072</memory>", 128),
        ("<memory unit='b'>134217728</memory>", 128),
        ("<memory unit='bytes'>134217728</memory>", 128),
        ("<memory unit='MiB'>128</memory>", 128),
        ("<memory unit='M'>128</memory>", 128),
        ("<memory unit='GiB'>2</memory>", 2048),
        ("<memory unit='G'>2</memory>", 2048),
        ("<memory unit='KiB'>1047</memory>", 1),
        ("<memory unit='bushel'>2</memory>", None),
        ("<memory/>", None))
    @ddt.unpack
    def test_memory_is_read_in_every_unit(self, memory: str, mib: Optional[int]) -> None:
        self.assertEqual(mib, parse(memory).memory_mib)

    @ddt.data(
        ("<interface><mac address='fa:16:3e:00:00:01'/><target dev='tap1'/></interface>",
         Nic('fa:16:3e:00:00:01', 'tap1')),
        # SR-IOV: libvirt itself gives it no device on the host.
        ("<interface type='hostdev'><mac address='FA:16:3E:0A:0B:0C'/><source/></interface>",
         Nic('fa:16:3e:0a:0b:0c', None)),
        ("<interface type='vhostuser'><target dev='vhu1'/></interface>",
         Nic(None, 'vhu1', vhost_user=True)),
        ("<interface><mac/><target/></interface>", Nic(None, None)),
        ("<interface type='bridge'><virtualport type='openvswitch'>"
         "<parameters interfaceid='port'/></virtualport></interface>",
         Nic(None, None, port_id='port')))
    @ddt.unpack
    def test_nic_needs_neither_device_nor_address(self, interface: str, nic: Nic) -> None:
        self.assertEqual((nic,), parse(devices=interface).nics)

    def test_devices_keep_their_order(self) -> None:
        found = parse(devices=''.join(
            f"<disk><target dev='{name}'/></disk><interface><target dev='tap{name}'/></interface>"
            for name in ('vdb', 'vda', 'hdc')))
        self.assertEqual(('vdb', 'vda', 'hdc'), found.targets)
        self.assertEqual(['tapvdb', 'tapvda', 'taphdc'], [nic.device for nic in found.nics])

    @ddt.data(
        ("<memballoon model='virtio'><stats period='10'/></memballoon>", 10),
        ("<memballoon model='virtio'><stats period='0'/></memballoon>", None),
        ("<memballoon model='virtio'><stats/></memballoon>", None),
        ("<memballoon model='virtio'/>", None),
        ("<memballoon model='none'/>", None),
        ("", None))
    @ddt.unpack
    def test_balloon_period_is_none_where_no_statistics_are_collected(
            self, balloon: str, period: Optional[int]) -> None:
        self.assertEqual(period, parse(devices=balloon).balloon_period)

    def test_invalid_xml_raises(self) -> None:
        with self.assert_raises(etree.XMLSyntaxError):
            domain.parse('<domain>')

    def test_external_entity_is_not_resolved(self) -> None:
        secret = self.make_directory() / 'secret'
        secret.write_text('131072')
        self.assertIsNone(domain.parse(
            f'<!DOCTYPE domain [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'
            '<domain><memory>&leak;</memory></domain>').memory_mib)


class TestCache(base.TestCase):
    def test_same_xml_is_parsed_once(self) -> None:
        xml = "<domain type='kvm'><vcpu>3</vcpu></domain>"
        again = ''.join(xml)
        self.assertIs(domain.parse(xml), domain.parse(again))

    def test_changed_xml_is_parsed_anew(self) -> None:
        self.assertEqual(
            [1, 2, 1], [len(parse(f'<vcpu>{number}</vcpu>').cpus) for number in (1, 2, 1)])

    def test_invalid_xml_raises_each_time(self) -> None:
        for _ in range(2):
            with self.assert_raises(etree.XMLSyntaxError):
                domain.parse('<domain')

    def test_size_is_limited(self) -> None:
        for number in range(600):
            parse(f'<vcpu>{number}</vcpu>')
        self.assertLess(domain.parse.cache_info().currsize, 600)
