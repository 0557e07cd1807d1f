# SPDX-License-Identifier: Apache-2.0
"""What a document could make an XML parser do, and that no other parser reads documents."""

from __future__ import annotations

import ast
import pathlib
import time
from collections.abc import Iterator

import ddt
from lxml import etree

import nova_ext
from nova_ext.virt.libvirt import documents
from tests.unit import base

_FOLDER = pathlib.Path(nova_ext.__file__).parent

#: Ten entities, each ten of the one before: 30 GB if they were resolved.
_BOMB = '<!DOCTYPE domain [<!ENTITY e0 "lol">' + ''.join(
    f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 11)) + ']>'

#: What reads XML; the Tempest plugin imports nothing of nova_ext, and reads with Python's own.
_READERS = {'fromstring', 'fromstringlist', 'XML', 'XMLID', 'parse', 'iterparse', 'XMLParser',
            'XMLPullParser', 'HTML', 'HTMLParser'}


@ddt.ddt
class TestParse(base.TestCase):
    def test_a_domain_is_read(self) -> None:
        root = documents.parse('<?xml version="1.0" encoding="UTF-8"?><domain id="3">ü</domain>')
        self.assertEqual(('domain', '3', 'ü'), (root.tag, root.get('id'), root.text))

    def test_what_is_no_document_is_refused(self) -> None:
        for text in ('', 'domain', '<domain>', '<domain></guest>'):
            with self.assert_raises(etree.XMLSyntaxError):
                documents.parse(text)

    def test_entities_are_not_resolved(self) -> None:
        root = documents.parse(
            '<!DOCTYPE domain [<!ENTITY one "lol">]><domain><name>&one;</name></domain>')
        self.assertFalse(root.findtext('name'))
        self.assertNotIn('lol</name>', etree.tostring(root, encoding='unicode'))

    @ddt.data('<domain><name>&e10;</name></domain>', '<domain name="&e10;"/>')
    def test_entities_that_would_fill_the_memory_are_refused(self, domain: str) -> None:
        """libxml2 resolves those in attributes always, up to a limit."""
        began = time.monotonic()
        try:
            root = documents.parse(_BOMB + domain)
        except etree.XMLSyntaxError as error:
            self.assert_matches('amplification|loop|entit', str(error))
        else:  # an older libxml2 leaves the reference in the text alone
            self.assertFalse(root.findtext('name'))
            self.assertIsNone(root.get('name'))
        self.assertLess(time.monotonic() - began, 5)

    def test_other_files_are_not_read(self) -> None:
        secret = self.make_directory() / 'secret'
        secret.write_text('the content')
        for declared in (f'<!ENTITY file SYSTEM "{secret.as_uri()}">',
                         f'<!ENTITY file PUBLIC "-//X//EN" "{secret}">'):
            root = documents.parse(
                f'<!DOCTYPE domain [{declared}]><domain><name>&file;</name></domain>')
            self.assertNotIn('the content', etree.tostring(root, encoding='unicode'))
            self.assertFalse(root.findtext('name'))

    def test_a_document_type_is_not_loaded(self) -> None:
        definition = self.make_directory() / 'domain.dtd'
        definition.write_text('<!ATTLIST domain id CDATA "7">')
        root = documents.parse(f'<!DOCTYPE domain SYSTEM "{definition}"><domain/>')
        self.assertIsNone(root.get('id'))


class TestOtherParsers(base.TestCase):
    def test_no_other_module_reads_xml(self) -> None:
        self.assertEqual([], [
            f'{path.relative_to(_FOLDER)}:{line}' for path in _list_sources()
            for line in _list_readers(path)])

    def test_readers_are_found(self) -> None:
        self.assertEqual(2, len(list(_list_readers(pathlib.Path(documents.__file__)))))


def _list_sources() -> Iterator[pathlib.Path]:
    for path in sorted(_FOLDER.rglob('*.py')):
        if (path.relative_to(_FOLDER).parts[0] != 'tempest_plugin'
                and path != pathlib.Path(documents.__file__)):
            yield path


def _list_readers(path: pathlib.Path) -> Iterator[int]:
    """Yield the lines on which a module reads XML, or imports what could but lxml's ``etree``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in _READERS and isinstance(
                node.value, ast.Name) and node.value.id in ('etree', 'ElementTree', 'minidom'):
            yield node.lineno
        elif isinstance(node, ast.Import) and any(
                name.name.split('.')[0] in ('lxml', 'xml') for name in node.names):
            yield node.lineno
        elif isinstance(node, ast.ImportFrom) and (node.module or '').split('.')[0] in (
                'lxml', 'xml') and [name.name for name in node.names] != ['etree']:
            yield node.lineno
