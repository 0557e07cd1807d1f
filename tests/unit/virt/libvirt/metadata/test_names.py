# SPDX-License-Identifier: Apache-2.0
"""Names with characters that XML cannot carry."""

from __future__ import annotations

from typing import Optional

import hypothesis
from lxml import etree

from nova_ext.virt.libvirt.metadata import names
from tests.unit import base as unit_base
from tests.unit.virt.libvirt.metadata import base, fakes
from tests.unit.virt.libvirt.metadata.strategies import NAMES


class TestNames(unit_base.TestCase):
    @hypothesis.given(NAMES)
    def test_xml_can_carry_any_fitted_text(self, text: str) -> None:
        element = etree.Element('name', name=names.fit(text))
        element.text = names.fit(text)
        parsed = etree.fromstring(etree.tostring(element))
        self.assertEqual(names.fit(text), parsed.text or '')
        self.assertEqual(names.fit(text), parsed.get('name'))

    @hypothesis.given(NAMES)
    def test_only_characters_that_xml_cannot_carry_are_replaced(self, text: str) -> None:
        fitted = names.fit(text)
        self.assertEqual(len(text), len(fitted))
        for before, after in zip(text, fitted):
            if before != after:
                self.assertEqual('\ufffd', after)
                with self.assert_raises(ValueError, r'XML compatible|surrogates'):
                    etree.Element('name').text = before

    def test_objects_of_nova_are_not_changed(self) -> None:
        server = fakes.make_server(display_name='\0')
        server.flavor.extra_specs = {'a': '\0'}
        self.assertIs(server, names.fit_all(server))
        self.assertEqual('\0', server.display_name)

    def test_containers_are_copied(self) -> None:
        specifications = {'a\0': ['\0', ('b', 1)]}
        self.assertEqual({'a\ufffd': ['\ufffd', ['b', 1]]}, names.fit_all(specifications))
        self.assertEqual({'a\0': ['\0', ('b', 1)]}, specifications)


class TestNamesInDomain(base.RefresherTestCase):
    def assert_kept(self, text: str, found: Optional[str]) -> None:
        """Assert that libvirt has kept a text, which need not be so if it is only white space."""
        if text.strip():
            self.assertEqual(text, found)
        else:
            self.assertEqual('', (found or '').strip())

    @hypothesis.given(name=NAMES, owner=NAMES, flavor=NAMES, specification=NAMES, zone=NAMES)
    @hypothesis.settings(max_examples=60)
    def test_any_names_are_kept_by_libvirt_and_written_once(
            self, name: str, owner: str, flavor: str, specification: str, zone: str) -> None:
        self.server.display_name = name
        self.server.availability_zone = zone
        self.server.system_metadata.update(owner_project_name=owner, owner_user_name=owner)
        self.server.flavor.name = flavor
        self.server.flavor.extra_specs = {'specification': specification}
        self.refresher.refresh(self.server.uuid)
        for metadata in self.read_metadata():
            self.assert_kept(names.fit(name) or self.server.uuid, metadata.nova_text('name'))
            self.assertEqual(names.fit(flavor), metadata.nova_attributes('flavor')['name'])
            self.assertEqual(
                [{'name': 'host1', 'availability_zone': names.fit(zone)}],
                metadata.nova_ext_attributes('host'))
        self.assertIs(False, self.refresher.refresh(self.server.uuid))
