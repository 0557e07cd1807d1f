# SPDX-License-Identifier: Apache-2.0
"""Where text in UTF-8 is cut, also at the edges of what is kept of a log."""

from __future__ import annotations

import zlib

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import extents, index, offsets, utf8
from tests.unit.virt.libvirt.console import base

#: Text with characters of all lengths, and what is no text.
BYTES = strategies.lists(
    strategies.sampled_from([*'aé€😀', '\x80', '\xe2', '\xf0\x9f', '\xff', '\xed\xa0', '\xc0']),
    max_size=12).map(lambda found: b''.join(
        text.encode('latin-1' if ord(text[0]) < 256 and text != 'é' else 'utf-8')
        for text in found))


class TestWhole(base.ConsoleTestCase):
    @hypothesis.given(BYTES, strategies.integers(1, 12))
    def test_whole_characters_are_read_one_part_after_the_other(
            self, data: bytes, limit: int) -> None:
        text = ''
        place = 0
        while count := utf8.whole(data[place:], limit):
            self.assertLess(count, limit + utf8.LONGEST)
            text += data[place:place + count].decode('utf-8', 'replace')
            place += count
        rest = data[place:]
        self.assertEqual(
            data.decode('utf-8', 'replace'), text + rest.decode('utf-8', 'replace'))
        self.assertLess(len(rest), utf8.LONGEST)


@ddt.ddt
class TestEdges(base.ConsoleTestCase):
    """A log of a server that was never started before."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'
        offsets.begin(str(self.path), first=True)

    def test_first_bytes_of_all_belong_to_no_earlier_character(self) -> None:
        self.path.write_bytes(b'\x80\x80a')
        self.assertEqual((b'\x80\x80a', 0, 3, 0), offsets.read(str(self.path), 0, 100))

    @ddt.data(b'a', b'a\xe2', b'\xe2\x82', b'\xf0\x9f\x98', b'a\x80\x80\xc3', b'')
    def test_log_is_followed_from_its_end_and_no_character_is_cut(self, printed: bytes) -> None:
        self.path.write_bytes(printed)
        part = offsets.read(str(self.path), 2 ** 53, 1)
        self.assertEqual((b'', part.next), part[:2])
        self.assertEqual(part, offsets.read(str(self.path), part.next, 100))
        self.assertEqual(part.next, offsets.read(str(self.path), 0, 100).next)

    def test_rest_of_a_character_does_not_hide_what_comes_behind_it(self) -> None:
        self.path.write_bytes(b'\xacmore')
        index.save(str(self.path), extents.Index(24, [extents.File(
            self.path.stat().st_ino, 5, zlib.crc32(b'\xacmore'),
            [extents.Extent(0, 10, 1), extents.Extent(1, 20, 4)])]))
        self.assertEqual((b'more', 20, 24, 10), offsets.read(str(self.path), 0, 100))
