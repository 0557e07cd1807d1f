# SPDX-License-Identifier: Apache-2.0
"""Strategies that make names and descriptions of servers."""

from __future__ import annotations

from hypothesis import strategies as st

from nova_ext.virt.libvirt.metadata import element

#: Any text that Python can hold, with lone surrogates, and with what breaks out of markup.
NAMES = st.lists(st.one_of(
    st.text(st.characters()),
    st.sampled_from([']]>', '<![CDATA[', '"', "'", '&', '&#0;', '</nova:name>', '<!--', '\0',
                     '\ud800', '\udfff', '\ufffe', '\uffff', '\x85', '\u2028', '\r', '\n', '\t',
                     '\x1b[31m', '\U0001f600', '\u202e'])), max_size=6).map(''.join)

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
