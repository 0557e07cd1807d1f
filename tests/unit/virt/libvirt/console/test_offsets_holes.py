# SPDX-License-Identifier: Apache-2.0
"""A log by offset where something in the middle of it is missing."""

from __future__ import annotations

import os

import ddt

from nova_ext.virt.libvirt.console import offsets
from tests.unit.virt.libvirt.console import base


@ddt.ddt
class TestHoles(base.ConsoleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.make_directory() / 'console.log'
        offsets.begin(str(self.path), first=True)
        for text in (b'a\xe2\x82', b'lost', b'end'):
            for number in (1, 0):
                older = f'{self.path}.{number - 1}' if number else str(self.path)
                if os.path.exists(older):
                    os.rename(older, f'{self.path}.{number}')
            self.path.write_bytes(text)
            offsets.note(str(self.path))
        os.unlink(f'{self.path}.0')

    @ddt.data(1, 2, 3, 100)
    def test_reading_goes_on_behind_what_is_missing(self, limit: int) -> None:
        first = offsets.read(str(self.path), 0, limit)
        place, found = first.next, first.data
        for _ in range(10):
            part = offsets.read(str(self.path), place, limit)
            place, found = part.next, found + part.data
        self.assertEqual((b'a\xe2\x82end', 10), (found, place - first.start))
