# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from lxml import etree

from nova_ext.virt.libvirt.metadata import names
from tests.unit.virt.libvirt.metadata import records as kept

#: Any text that Python can hold, lone surrogates among it, and what breaks out of markup.
NAMES = st.lists(st.one_of(
    st.text(st.characters()),
    st.sampled_from([']]>', '<![CDATA[', '"', "'", '&', '&#0;', '</nova:name>', '<!--', '\0',
                     '\ud800', '\udfff', '\ufffe', '\uffff', '\x85', '\u2028', '\r', '\n', '\t',
                     '\x1b[31m', '\U0001f600', '\u202e'])), max_size=6).map(''.join)


@hypothesis.given(NAMES)
def test_any_text_is_one_that_xml_carries(text: str) -> None:
    element = etree.Element('name', name=names.fit(text))
    element.text = names.fit(text)
    parsed = etree.fromstring(etree.tostring(element))
    assert (parsed.text or '') == parsed.get('name') == names.fit(text)


@hypothesis.given(NAMES)
def test_only_what_xml_cannot_carry_is_replaced(text: str) -> None:
    fit = names.fit(text)
    assert len(fit) == len(text)
    for before, after in zip(text, fit):
        if before != after:
            assert after == '\ufffd'
            with pytest.raises(ValueError, match=r'XML compatible|surrogates'):
                etree.Element('name').text = before


@hypothesis.given(name=NAMES, owner=NAMES, flavor=NAMES, specification=NAMES, zone=NAMES)
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
                     max_examples=60)
def test_names_go_through_libvirt_and_are_written_once(
        name: str, owner: str, flavor: str, specification: str, zone: str, made: Any,
        connection: Any, records: kept.Kept, server: Any) -> None:
    server.display_name = name
    server.availability_zone = zone
    server.system_metadata.update(owner_project_name=owner, owner_user_name=owner)
    server.flavor.name = flavor
    server.flavor.extra_specs = {'specification': specification}
    made.refresh(server.uuid)
    for metadata in kept.both(connection, server):
        written = metadata.nova_text('name')
        assert _as_kept(written) == _as_kept(names.fit(name) or server.uuid)
        assert metadata.nova_attributes('flavor')['name'] == names.fit(flavor)
        assert metadata.our_attributes('host') == [
            {'name': 'host1', 'availability_zone': names.fit(zone)}]
    assert made.refresh(server.uuid) is False


def _as_kept(text: Any) -> str:
    """libvirt does not keep text that is nothing but white space."""
    return (text or '') if (text or '').strip() else ''


def test_what_belongs_to_nova_is_not_changed() -> None:
    nova = kept.server(display_name='\0')
    nova.flavor.extra_specs = {'a': '\0'}
    assert names.fit_all(nova) is nova
    assert nova.display_name == '\0'
    specifications = {'a\0': ['\0', ('b', 1)]}
    assert names.fit_all(specifications) == {'a\ufffd': ['\ufffd', ['b', 1]]}
    assert specifications == {'a\0': ['\0', ('b', 1)]}
