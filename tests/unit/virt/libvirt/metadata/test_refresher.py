# SPDX-License-Identifier: Apache-2.0
"""What the refresher writes into the definitions of a guest."""

from __future__ import annotations

import uuid

import ddt
import libvirt
from lxml import etree

from nova_ext.virt.libvirt.metadata import block, element
from tests.unit.virt.libvirt.metadata import base, fakes

VOLUME = str(uuid.UUID(int=50))
BOTH = libvirt.VIR_DOMAIN_AFFECT_LIVE | libvirt.VIR_DOMAIN_AFFECT_CONFIG
NOVA, NOVA_EXT = (one.NAMESPACE.rpartition('/')[0] for one in (block, element))
FOREIGN = '<mine:thing xmlns:mine="urn:mine" a="1"><mine:inner>text</mine:inner></mine:thing>'


@ddt.ddt
class TestWrittenMetadata(base.RefresherTestCase):
    def test_nova_block_has_correct_values(self) -> None:
        self.assertIs(True, self.refresher.refresh(self.server.uuid))
        for metadata in self.read_metadata():
            self.assertEqual('web', metadata.nova_text('name'))
            self.assertEqual('2026-03-04 05:06:07', metadata.nova_text('creationTime'))
            self.assertEqual(
                {'type': 'image', 'uuid': fakes.IMAGE}, metadata.nova_attributes('root'))
            self.assertEqual('small', metadata.nova_attributes('flavor')['name'])
            self.assertTrue(metadata.nova_attributes('package')['version'])

    def test_name_of_server_without_one_is_its_uuid(self) -> None:
        self.server.display_name = None
        self.refresher.refresh(self.server.uuid)
        self.assertEqual(self.server.uuid, self.read_metadata()[0].nova_text('name'))

    def test_boot_volume_is_root_and_among_the_volumes(self) -> None:
        self.records.boot_from_volume(self.server, VOLUME)
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assertEqual(
                {'type': 'volume', 'uuid': VOLUME}, metadata.nova_attributes('root'))
            self.assertEqual([{'uuid': VOLUME, 'device': '/dev/vda'}],
                             metadata.nova_ext_attributes('volumes/volume'))

    def test_nova_ext_element_has_start_time_host_devices_and_version(self) -> None:
        self.records.devices.append(fakes.make_device(self.server.uuid, VOLUME))
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assert_valid(metadata.nova_ext)
            self.assertEqual('2023-11-14T22:13:20Z', metadata.nova_ext.get('started'))
            self.assertEqual([{'name': 'host1', 'availability_zone': 'zone1'}],
                             metadata.nova_ext_attributes('host'))
            self.assertEqual([{'uuid': VOLUME, 'device': '/dev/vdb'}],
                             metadata.nova_ext_attributes('volumes/volume'))
            self.assertEqual(
                [{'uuid': fakes.make_vif(1)['id'], 'mac': 'fa:16:3e:00:00:01',
                  'network': fakes.NETWORK}],
                metadata.nova_ext_attributes('ports/port'))
            self.assertTrue(metadata.nova_ext_attributes('plugin')[0]['version'])

    @ddt.data(True, False)
    def test_only_a_running_guest_has_a_start_time(self, running: bool) -> None:
        self.refresher.refresh(self.server.uuid)
        domain = self.get_domain()
        domain.destroy()
        if running:
            domain.create()
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assertIs(running, 'started' in metadata.nova_ext.attrib)

    def test_metadata_has_no_secrets(self) -> None:
        self.server.update({
            'user_data': 'SECRET', 'key_data': 'SECRET', 'display_description': 'SECRET',
            'metadata': {'password': 'SECRET'}})
        self.server.system_metadata.update(
            password_0='SECRET', image_mine='SECRET', image_owner_specified_mine='SECRET')
        self.refresher.refresh(self.server.uuid)
        self.assertNotIn('SECRET', self.get_domain().XMLDesc(0))


@ddt.ddt
class TestExistingMetadata(base.RefresherTestCase):
    def set_metadata(self, xml: str, key: str, uri: str, flags: int = BOTH) -> None:
        """Set an element in both definitions, or in one of them."""
        self.get_domain().setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, xml, key, uri, flags)

    def get_namespaces(self) -> list[list[str]]:
        """Return the namespaces of the metadata in the live and in the persistent definition."""
        return [[str(etree.QName(one).namespace) for one in metadata.root.find('metadata')]
                for metadata in self.read_metadata()]

    def test_element_of_another_program_is_kept(self) -> None:
        self.set_metadata(FOREIGN, 'theirs', 'urn:mine')
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            [theirs] = metadata.root.findall('./metadata/{urn:mine}thing')
            self.assertEqual('1', theirs.get('a'))
            self.assertEqual('text', theirs.findtext('{urn:mine}inner'))
            self.assertIsNotNone(metadata.nova_ext)

    @ddt.data(
        '<domain started="2026-01-02T03:04:05Z"/>', '<domain started="never"><x/></domain>',
        '<domain>text</domain>', '<other/>')
    def test_older_or_invalid_element_is_replaced(self, xml: str) -> None:
        self.set_metadata(xml, 'nova_ext', element.NAMESPACE)
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assert_valid(metadata.nova_ext)
            self.assertEqual(1, len([
                one for one in metadata.root.find('metadata')
                if etree.QName(one).namespace == element.NAMESPACE]))
        self.assertIs(False, self.refresher.refresh(self.server.uuid))

    def test_invalid_nova_block_is_replaced(self) -> None:
        self.set_metadata('<instance><name/></instance>', 'x', block.NAMESPACE)
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assertEqual('web', metadata.nova_text('name'))

    @ddt.data(*((f'{family}/{version}', flags) for family in (NOVA, NOVA_EXT)
                for version in ('0.9', '2.0', '10.11')
                for flags in (libvirt.VIR_DOMAIN_AFFECT_LIVE, libvirt.VIR_DOMAIN_AFFECT_CONFIG,
                              BOTH)))
    @ddt.unpack
    def test_other_form_of_an_element_is_removed(self, namespace: str, flags: int) -> None:
        """Whether or not anything else has to be written."""
        for _ in range(2):
            self.set_metadata(
                '<instance><name>old</name></instance>', 'instance', namespace, flags)
            self.assertIs(True, self.refresher.refresh(self.server.uuid))
            self.assertEqual([[block.NAMESPACE, element.NAMESPACE]] * 2, self.get_namespaces())
        self.assertIs(False, self.refresher.refresh(self.server.uuid))

    def test_block_of_nova_before_24_is_removed_in_a_pass(self) -> None:
        self.set_metadata('<instance><name>old</name></instance>', 'nova', f'{NOVA}/1.0')
        self.refresher.refresh_all()
        self.assertEqual([[block.NAMESPACE, element.NAMESPACE]] * 2, self.get_namespaces())

    @ddt.data(f'{NOVA}/', f'{NOVA}/theirs/1.0', f'{NOVA}-theirs/1.0', f'{NOVA}/1.0/theirs',
              'urn:theirs/1.0')
    def test_element_of_similar_namespace_is_kept(self, namespace: str) -> None:
        self.set_metadata('<theirs/>', 'theirs', namespace)
        self.refresher.refresh(self.server.uuid)
        for namespaces in self.get_namespaces():
            self.assertIn(namespace, namespaces)
