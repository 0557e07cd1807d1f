# SPDX-License-Identifier: Apache-2.0
"""Whether two elements say the same, however they are written, or are forms of one another."""

from __future__ import annotations

import re
from typing import Any, Optional

from lxml import etree


def same(one: Optional[etree._Element], other: Optional[etree._Element], *,
         ignoring: str = '') -> bool:
    """Whether they say the same.

    Prefixes, namespaces and white space between elements do not count: libvirt declares a prefix
    of its own, indents, and tells of an element by itself without its namespace.

    :param ignoring: an attribute that does not count on the outermost element
    """
    if one is None or other is None:
        return one is other
    return _content(one, ignoring) == _content(other, ignoring)


def other_versions(domain: etree._Element, namespace: str) -> set[str]:
    """The namespaces in a domain's metadata that differ from one in its version only.

    :param namespace: ends in a version, ``.../nova/1.1``
    """
    family = re.compile(re.escape(namespace.rpartition('/')[0]) + r'/[0-9.]+')
    found = {etree.QName(child).namespace or '' for child in domain.iterfind('./metadata/*')}
    return {one for one in found if one != namespace and family.fullmatch(one)}


def _content(element: etree._Element, ignoring: str = '') -> tuple[Any, ...]:
    children = [_content(child) for child in element if isinstance(child.tag, str)]
    text = element.text or ''
    return (etree.QName(element).localname,
            sorted((name, value) for name, value in element.attrib.items() if name != ignoring),
            text if text.strip() and not children else '',
            children)
