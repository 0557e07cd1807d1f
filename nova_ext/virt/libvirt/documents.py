# SPDX-License-Identifier: Apache-2.0
"""Reads the XML of domains, with nothing that a document could make the parser do besides."""

from __future__ import annotations

from lxml import etree

#: What libvirt returns is, in the end, input: entities stay references, and nothing is fetched.
#: No document type is loaded, and lxml's own limits of size and depth stay.
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def parse(xml: str) -> etree._Element:
    """Read a document.

    :param xml: as libvirt returns it
    :returns: its root
    :raises lxml.etree.XMLSyntaxError: it is not XML, or grows beyond bounds while it is read
    """
    return etree.fromstring(xml.encode(), _PARSER)
