# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

import pytest
from lxml import etree

from nova_ext.virt.libvirt import domain
from nova_ext.virt.libvirt.domain import Nic


def parsed(inside: str = '', devices: str = '') -> domain.Domain:
    return domain.parse(f"<domain type='kvm'>{inside}<devices>{devices}</devices></domain>")


def test_a_domain_as_libvirt_writes_it() -> None:
    assert domain.parse("""
        <domain type='qemu' id='3'>
          <name>instance-00000001</name>
          <metadata><x:disk xmlns:x='urn:x'><x:target dev='vdz'/></x:disk></metadata>
          <memory unit='KiB'>131072</memory>
          <currentMemory unit='KiB'>65536</currentMemory>
          <vcpu placement='static'>2</vcpu>
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
        </domain>""") == domain.Domain(
            hypervisor='qemu', num_cpus=2, memory_mib=128, disks=('vda', 'hda'),
            nics=(Nic('fa:16:3e:00:00:01', 'tap1'),), config_drive=False, balloon_period=10)


def test_a_domain_with_next_to_nothing_in_it() -> None:
    assert domain.parse('<domain/>') == domain.Domain(
        hypervisor=None, num_cpus=1, memory_mib=None, disks=(), nics=(), config_drive=False,
        balloon_period=None)


@pytest.mark.parametrize(('vcpu', 'number'), [
    ("<vcpu>4</vcpu>", 4),
    ("<vcpu placement='static' cpuset='0-3'>4</vcpu>", 4),
    ("<vcpu current='2'>4</vcpu>", 2),
    ("<vcpu/>", 1),
    ("", 1),
])
def test_only_the_vcpus_that_are_plugged_in_count(vcpu: str, number: int) -> None:
    assert parsed(vcpu).num_cpus == number


@pytest.mark.parametrize(('memory', 'mib'), [
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
    ("<memory/>", None),
])
def test_memory_is_read_in_every_unit(memory: str, mib: Optional[int]) -> None:
    assert parsed(memory).memory_mib == mib


@pytest.mark.parametrize(('interface', 'nic'), [
    ("<interface><mac address='fa:16:3e:00:00:01'/><target dev='tap1'/></interface>",
     Nic('fa:16:3e:00:00:01', 'tap1')),
    # SR-IOV: libvirt itself gives it no device on the host.
    ("<interface type='hostdev'><mac address='FA:16:3E:0A:0B:0C'/><source/></interface>",
     Nic('fa:16:3e:0a:0b:0c', None)),
    ("<interface type='vhostuser'><target dev='vhu1'/></interface>", Nic(None, 'vhu1')),
    ("<interface><mac/><target/></interface>", Nic(None, None)),
])
def test_a_nic_is_one_even_without_a_device_or_an_address(interface: str, nic: Nic) -> None:
    assert parsed(devices=interface).nics == (nic,)


def test_devices_keep_their_order() -> None:
    devices = ''.join(
        f"<disk><target dev='{name}'/></disk><interface><target dev='tap{name}'/></interface>"
        for name in ('vdb', 'vda', 'hdc'))
    found = parsed(devices=devices)
    assert found.disks == ('vdb', 'vda', 'hdc')
    assert [nic.device for nic in found.nics] == ['tapvdb', 'tapvda', 'taphdc']


@pytest.mark.parametrize(('source', 'is_one'), [
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
    ("", False),
])
def test_a_configuration_drive_is_known_by_novas_name_for_it(source: str, is_one: bool) -> None:
    devices = f"<disk device='cdrom'>{source}<target dev='hda'/></disk>"
    assert parsed(devices=devices).config_drive is is_one


@pytest.mark.parametrize(('balloon', 'period'), [
    ("<memballoon model='virtio'><stats period='10'/></memballoon>", 10),
    ("<memballoon model='virtio'><stats period='0'/></memballoon>", None),
    ("<memballoon model='virtio'><stats/></memballoon>", None),
    ("<memballoon model='virtio'/>", None),
    ("<memballoon model='none'/>", None),
    ("", None),
])
def test_the_balloons_period_is_none_where_nothing_is_collected(
        balloon: str, period: Optional[int]) -> None:
    assert parsed(devices=balloon).balloon_period == period


def test_what_is_not_xml_is_an_error() -> None:
    with pytest.raises(etree.XMLSyntaxError):
        domain.parse('<domain>')


def test_no_entity_is_looked_up(tmp_path: Any) -> None:
    secret = tmp_path / 'secret'
    secret.write_text('kvm')
    xml = (f'<!DOCTYPE domain [<!ENTITY leak SYSTEM "{secret.as_uri()}">]>'
           '<domain><memory>&leak;</memory></domain>')
    assert domain.parse(xml).memory_mib is None


class TestReadingAgain:
    def test_the_same_xml_is_read_once(self) -> None:
        xml = "<domain type='kvm'><vcpu>3</vcpu></domain>"
        again = ''.join(xml)
        assert domain.parse(again) is domain.parse(xml)

    def test_xml_that_changed_is_read_anew(self) -> None:
        assert [parsed(f'<vcpu>{number}</vcpu>').num_cpus for number in (1, 2, 1)] == [1, 2, 1]

    def test_what_is_not_xml_is_an_error_each_time(self) -> None:
        for _ in range(2):
            with pytest.raises(etree.XMLSyntaxError):
                domain.parse('<domain')

    def test_what_is_kept_has_a_bound(self) -> None:
        for number in range(2000):
            parsed(f'<vcpu>{number}</vcpu>')
        assert domain.parse.cache_info().currsize < 2000
