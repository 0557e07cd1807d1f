# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import time
from typing import Any, Optional

import hypothesis
import pytest
from hypothesis import strategies as st
from lxml import etree

from nova_ext.virt.libvirt.metadata import comparing, element
from tests.unit.virt.libvirt.metadata.test_names import NAMES

SCHEMA = etree.RelaxNG(file=str(
    pathlib.Path(element.__file__).with_name('nova-ext-1.0.rng')))

UUIDS = st.uuids().map(str)
MACS = st.lists(st.integers(0, 255), min_size=6, max_size=6).map(
    lambda octets: ':'.join(f'{octet:02x}' for octet in octets))
DESCRIPTIONS = st.builds(
    element.Description, plugin=NAMES, host=NAMES, availability_zone=st.none() | NAMES,
    volumes=st.lists(st.builds(
        element.Volume, uuid=UUIDS, device=st.none() | NAMES), max_size=3).map(tuple),
    ports=st.lists(st.builds(
        element.Port, uuid=UUIDS, mac=st.none() | MACS, network=st.none() | UUIDS),
        max_size=3).map(tuple))

NOTHING = element.Description(
    plugin='1', host='host1', availability_zone=None, volumes=(), ports=())


@hypothesis.given(DESCRIPTIONS, st.none() | st.integers(0, 2**32))
def test_whatever_is_described_fits_the_schema(
        description: element.Description, started: Optional[float]) -> None:
    made = element.build(description, started)
    SCHEMA.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(made))))
    assert element.get_started(made) == started


@pytest.mark.parametrize('xml', [
    '<domain started="2026-01-02T03:04:05Z"/>', '<domain/>'])
def test_so_does_what_the_first_versions_wrote(xml: str) -> None:
    SCHEMA.assertValid(etree.ElementTree(etree.fromstring(
        xml.replace('<domain', f'<domain xmlns="{element.NAMESPACE}"'))))


@pytest.mark.parametrize(('path', 'attribute', 'value'), [
    ('.', 'started', 'yesterday'), ('.', 'refreshed', None), ('.', 'secret', '1'),
    ('{*}host', 'name', None), ('{*}ports/{*}port', 'mac', 'fa:16'),
    ('{*}ports/{*}port', 'uuid', 'x'), ('{*}plugin', 'version', None)])
def test_nothing_else_does(path: str, attribute: str, value: Optional[str]) -> None:
    made: Any = element.build(element.Description(
        plugin='1', host='host1', availability_zone=None, volumes=(),
        ports=(element.Port('0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1', None, None),)))
    assert SCHEMA.validate(etree.ElementTree(made))
    found = made if path == '.' else made.find(path)
    if value is None:
        del found.attrib[attribute]
    else:
        found.set(attribute, value)
    assert not SCHEMA.validate(etree.ElementTree(made))


def test_another_start_changes_nothing_else() -> None:
    before = element.build(NOTHING, 1000)
    after = element.with_started(before, 2000)
    assert element.get_started(after) == 2000
    assert not comparing.same(before, after)
    after.set('started', before.get('started') or '')
    assert comparing.same(before, after)
    assert element.get_started(before) == 1000


def test_a_start_may_be_all_that_is_known() -> None:
    made = element.with_started(None, 2000)
    SCHEMA.assertValid(etree.ElementTree(made))
    assert dict(made.items()) == {'started': '1970-01-01T00:33:20Z'}


@pytest.mark.parametrize(('found', 'before', 'written'), [
    (None, None, None), (None, 5.0, None), (1000.4, None, 1000.4), (1000.4, 999.0, 999.0),
    (1000.4, 1002.0, 1002.0), (1000.4, 997.0, 1000.4), (1000.4, 1003.0, 1000.4)])
def test_a_start_is_written_anew_when_it_is_another(
        found: Optional[float], before: Optional[float], written: Optional[float]) -> None:
    assert element.steady(found, before) == written


def test_it_says_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, 'time', lambda: 86400.9)
    assert element.build(NOTHING).get('refreshed') == '1970-01-02T00:00:00Z'


@pytest.mark.parametrize(('one', 'other', 'same'), [
    ('<a x="1" y="2"><b/></a>', '<p:a xmlns:p="urn:p" y="2" x="1">\n <p:b/>\n</p:a>', True),
    ('<a><b> </b></a>', '<a><b/></a>', True),
    ('<a><!-- c --><b/></a>', '<a><b/></a>', True),
    ('<a>1</a>', '<a>2</a>', False),
    ('<a>1</a>', '<a> 1</a>', False),
    ('<a><b/><c/></a>', '<a><c/><b/></a>', False),
    ('<a x="1"/>', '<a/>', False),
    ('<a/>', '<b/>', False),
    ('<a t="1"/>', '<a t="2"/>', True),
    ('<a><b t="1"/></a>', '<a><b t="2"/></a>', False),
])
def test_what_says_the_same(one: str, other: str, same: bool) -> None:
    elements: Any = etree.fromstring(one), etree.fromstring(other)
    assert comparing.same(*elements, ignoring='t') is same
    assert comparing.same(elements[0], None) is comparing.same(None, elements[1]) is False
    assert comparing.same(None, None) is True
