# SPDX-License-Identifier: Apache-2.0
"""nova-ext's own element, against its schema."""

from __future__ import annotations

import time
from typing import Any, Optional

import ddt
import hypothesis
from hypothesis import strategies as st
from lxml import etree

from nova_ext.virt.libvirt.metadata import comparing, element
from tests.unit import base as unit_base
from tests.unit.virt.libvirt.metadata import base, strategies

DESCRIPTION = element.Description(
    plugin='1', host='host1', availability_zone=None, volumes=(), ports=())


@ddt.ddt
class TestSchema(base.SchemaTestCase):
    @hypothesis.given(strategies.DESCRIPTIONS, st.none() | st.integers(0, 2**32))
    def test_every_description_conforms(
            self, description: element.Description, started: Optional[float]) -> None:
        built = element.build(description, started)
        self.assert_valid(etree.fromstring(etree.tostring(built)))
        self.assertEqual(started, element.get_started(built))

    @ddt.data('<domain started="2026-01-02T03:04:05Z"/>', '<domain/>')
    def test_elements_of_the_first_versions_conform(self, xml: str) -> None:
        self.assert_valid(etree.fromstring(
            xml.replace('<domain', f'<domain xmlns="{element.NAMESPACE}"')))

    @ddt.data(
        ('.', 'started', 'yesterday'), ('.', 'refreshed', None), ('.', 'secret', '1'),
        ('{*}host', 'name', None), ('{*}ports/{*}port', 'mac', 'fa:16'),
        ('{*}ports/{*}port', 'uuid', 'x'), ('{*}plugin', 'version', None))
    @ddt.unpack
    def test_bad_missing_or_unknown_attribute_does_not_conform(
            self, path: str, attribute: str, value: Optional[str]) -> None:
        built: Any = element.build(element.Description(
            plugin='1', host='host1', availability_zone=None, volumes=(),
            ports=(element.Port('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', None, None),)))
        self.assert_valid(built)
        found = built if path == '.' else built.find(path)
        if value is None:
            del found.attrib[attribute]
        else:
            found.set(attribute, value)
        self.assert_invalid(built)

    def test_element_with_only_a_start_time_conforms(self) -> None:
        built = element.with_started(None, 2000)
        self.assert_valid(built)
        self.assertEqual({'started': '1970-01-01T00:33:20Z'}, dict(built.items()))


@ddt.ddt
class TestTimes(unit_base.TestCase):
    def test_start_time_is_all_that_with_started_changes(self) -> None:
        before = element.build(DESCRIPTION, 1000)
        after = element.with_started(before, 2000)
        self.assertEqual(2000, element.get_started(after))
        self.assertFalse(comparing.same(before, after))
        after.set('started', before.get('started') or '')
        self.assertTrue(comparing.same(before, after))
        self.assertEqual(1000, element.get_started(before))

    @ddt.data(
        (None, None, None), (None, 5.0, None), (1000.4, None, 1000.4), (1000.4, 999.0, 999.0),
        (1000.4, 1002.0, 1002.0), (1000.4, 997.0, 1000.4), (1000.4, 1003.0, 1000.4))
    @ddt.unpack
    def test_written_start_time_is_kept_unless_it_differs_by_seconds(
            self, found: Optional[float], before: Optional[float],
            written: Optional[float]) -> None:
        self.assertEqual(written, element.prefer_recorded(found, before))

    def test_element_says_when_it_was_built(self) -> None:
        self.patch(time, 'time', lambda: 86400.9)
        self.assertEqual('1970-01-02T00:00:00Z', element.build(DESCRIPTION).get('refreshed'))


@ddt.ddt
class TestComparing(unit_base.TestCase):
    @ddt.data(
        ('<a x="1" y="2"><b/></a>', '<p:a xmlns:p="urn:p" y="2" x="1">\n <p:b/>\n</p:a>', True),
        ('<a><b> </b></a>', '<a><b/></a>', True),
        ('<a><!-- c --><b/></a>', '<a><b/></a>', True),
        ('<a>1</a>', '<a>2</a>', False),
        ('<a>1</a>', '<a> 1</a>', False),
        ('<a><b/><c/></a>', '<a><c/><b/></a>', False),
        ('<a x="1"/>', '<a/>', False),
        ('<a/>', '<b/>', False),
        ('<a t="1"/>', '<a t="2"/>', True),
        ('<a><b t="1"/></a>', '<a><b t="2"/></a>', False))
    @ddt.unpack
    def test_elements_are_compared_by_content(self, one: str, other: str, same: bool) -> None:
        elements: Any = etree.fromstring(one), etree.fromstring(other)
        self.assertIs(same, comparing.same(*elements, ignoring='t'))
        self.assertIs(False, comparing.same(elements[0], None))
        self.assertIs(False, comparing.same(None, elements[1]))

    def test_two_missing_elements_are_the_same(self) -> None:
        self.assertIs(True, comparing.same(None, None))
