# SPDX-License-Identifier: Apache-2.0
"""Nova's block stays readable to the programs that have always read it.

The tests read it as ceilometer's default discovery does, as exporters that map the XML by local
names or by XPath with the namespace, and as collectd for its host names.
"""

from __future__ import annotations

from typing import Any

import ddt
import libvirt
from lxml import etree

from nova_ext.virt.libvirt.metadata import block
from tests.unit.virt.libvirt.metadata import base, fakes


def list_names(element: Any) -> Any:
    """Return the names of an element, of its attributes and of everything in it."""
    return element.tag, sorted(element.attrib), [list_names(child) for child in element]


@ddt.ddt
class TestReaders(base.RefresherTestCase):
    def refresh(self, root: str) -> Any:
        """Refresh the metadata of a server that boots from that, and return its virDomain."""
        if root == 'volume':
            self.records.boot_from_volume(self.server, fakes.IMAGE)
        self.refresher.refresh(self.server.uuid)
        return self.get_domain()

    # libvirt returns the element of a namespace, and removes the namespace from it.
    @ddt.data('image', 'volume')
    def test_ceilometer_discovers_server_from_element_without_namespace(self, root: str) -> None:
        element = etree.fromstring(self.refresh(root).metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, block.NAMESPACE))
        flavor: Any = element.find('./flavor')
        self.assertEqual('small', flavor.get('name'))
        self.assertEqual(
            {'vcpus': '2', 'memory': '512', 'disk': '10', 'ephemeral': '0', 'swap': '0'},
            {name: flavor.findtext(f'./{name}') for name in (
                'vcpus', 'memory', 'disk', 'ephemeral', 'swap')})
        user: Any = element.find('./owner/user')
        self.assertEqual('user', user.get('uuid'))
        project: Any = element.find('./owner/project')
        self.assertTrue(project.get('uuid'))
        self.assertEqual('web', element.findtext('./name'))
        self.assertEqual([root], [one.get('type') for one in element.findall('./root')])

    # The Debian package prometheus-libvirt-exporter takes the first element of each name.
    @ddt.data('image', 'volume')
    def test_exporter_finds_server_by_local_names(self, root: str) -> None:
        tree = etree.fromstring(self.refresh(root).XMLDesc(0))

        def find(*path: str) -> Any:
            element = tree
            for name in path:
                element = next(
                    child for child in element if etree.QName(child).localname == name)
            return element

        self.assertEqual('web', find('metadata', 'instance', 'name').text)
        self.assertEqual('small', find('metadata', 'instance', 'flavor').get('name'))
        self.assertEqual('engines', find('metadata', 'instance', 'owner', 'project').text)
        self.assertEqual('Ada', find('metadata', 'instance', 'owner', 'user').text)
        instances = [child for child in find('metadata')
                     if etree.QName(child).localname == 'instance']
        self.assertEqual(1, len(instances))

    # Other exporters, and collectd where the namespace is configured.
    @ddt.data('image', 'volume')
    def test_exporter_finds_server_by_xpath_with_namespace(self, root: str) -> None:
        tree = etree.fromstring(self.refresh(root).XMLDesc(0))
        prefix = {'n': block.NAMESPACE}
        self.assertEqual(
            ['web'],
            tree.xpath('/domain/metadata/n:instance/n:name/text()', namespaces=prefix))
        self.assertTrue(tree.xpath(
            'string(/domain/metadata/n:instance/n:owner/n:project/@uuid)', namespaces=prefix))
        self.assertEqual(
            ['2026-03-04 05:06:07'], tree.xpath('//n:creationTime/text()', namespaces=prefix))

    @ddt.data('image', 'volume')
    def test_block_has_the_elements_of_stock_nova_in_the_same_order(self, root: str) -> None:
        domain = self.refresh(root)
        stock = self.make_nova_block(self.server, self.server.get_network_info()).format_dom()
        found = block.find(etree.fromstring(domain.XMLDesc(0)))
        self.assertEqual(list_names(stock), list_names(found))
