# SPDX-License-Identifier: Apache-2.0
"""Those who have long been reading Nova's block read it as before.

The readers here go by the rules of ceilometer's default discovery, of exporters that map the XML
by local names or by XPath with the namespace, and of collectd's metadata host names.
"""

from __future__ import annotations

from typing import Any

import libvirt
import pytest
from lxml import etree

from nova_ext.virt.libvirt.metadata import block, refresher
from tests.unit.virt.libvirt.metadata import records as kept


@pytest.fixture(params=['image', 'volume'])
def domain(
        request: pytest.FixtureRequest, made: refresher.Refresher, connection: Any, server: Any,
        records: kept.Kept) -> Any:
    """A domain whose metadata was refreshed."""
    if request.param == 'volume':
        records.boots_from(server, kept.IMAGE)
    made.refresh(server.uuid)
    return connection.lookupByUUIDString(server.uuid)


def test_discovery_by_the_element_alone(domain: Any) -> None:
    """As ceilometer: libvirt gives the element by its namespace, and takes that away."""
    element = etree.fromstring(domain.metadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT, block.NAMESPACE))
    flavor = element.find('./flavor')
    assert flavor is not None
    assert flavor.get('name') == 'small'
    assert {name: flavor.findtext(f'./{name}') for name in (
        'vcpus', 'memory', 'disk', 'ephemeral', 'swap')} == {
            'vcpus': '2', 'memory': '512', 'disk': '10', 'ephemeral': '0', 'swap': '0'}
    user, project = element.find('./owner/user'), element.find('./owner/project')
    assert user is not None and user.get('uuid') == 'user'
    assert project is not None and project.get('uuid')
    assert element.findtext('./name') == 'web'
    image = element.find("./root[@type='image']")
    volume = element.find("./root[@type='volume']")
    assert (image is None) is not (volume is None)


def test_exporters_that_map_local_names(domain: Any) -> None:
    """As the Debian package prometheus-libvirt-exporter: first of each, whatever namespace."""
    root = etree.fromstring(domain.XMLDesc(0))

    def find(*path: str) -> Any:
        element = root
        for name in path:
            element = next(child for child in element if etree.QName(child).localname == name)
        return element

    assert find('metadata', 'instance', 'name').text == 'web'
    assert find('metadata', 'instance', 'flavor').get('name') == 'small'
    assert find('metadata', 'instance', 'owner', 'project').text == 'engines'
    assert find('metadata', 'instance', 'owner', 'user').text == 'Ada'
    instances = [child for child in find('metadata')
                 if etree.QName(child).localname == 'instance']
    assert len(instances) == 1


def test_xpath_with_the_namespace(domain: Any) -> None:
    """As other exporters, and collectd where it is told the namespace."""
    root = etree.fromstring(domain.XMLDesc(0))
    prefix = {'n': block.NAMESPACE}
    assert root.xpath('/domain/metadata/n:instance/n:name/text()', namespaces=prefix) == ['web']
    assert root.xpath(
        'string(/domain/metadata/n:instance/n:owner/n:project/@uuid)', namespaces=prefix)
    assert root.xpath('//n:creationTime/text()', namespaces=prefix) == ['2026-03-04 05:06:07']


def test_the_elements_are_those_of_stock_nova_in_their_order(
        domain: Any, nova_block: Any, server: Any) -> None:
    stock = nova_block(server, server.get_network_info()).format_dom()
    root = etree.fromstring(domain.XMLDesc(0))
    assert _names(block.find(root)) == _names(stock)


def _names(element: Any) -> Any:
    return element.tag, sorted(element.attrib), [_names(child) for child in element]
