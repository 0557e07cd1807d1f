# SPDX-License-Identifier: Apache-2.0
"""The keys of the sandbox's Ceph."""

from __future__ import annotations

import base64
import configparser
import struct

from sandbox import ceph
from tests.unit import base


class TestKeys(base.TestCase):
    def test_key_has_the_format_of_ceph(self) -> None:
        random = bytes(range(16))
        content = base64.b64decode(ceph.new_key(random, created=1_700_000_000))
        # 1 is AES; the seconds and nanoseconds of its creation; then the length of what follows.
        self.assertEqual((1, 1_700_000_000, 0, 16), struct.unpack('<HIIH', content[:12]))
        self.assertEqual(random, content[12:])

    def test_every_entity_has_a_key_of_its_own(self) -> None:
        keys = ceph.new_keys()
        self.assertEqual({'mon.', 'mgr.a', 'osd.0', 'client.admin', 'client.cinder'}, set(keys))
        self.assertEqual(len(keys), len(set(keys.values())))

    def test_keyring_has_keys_and_capabilities(self) -> None:
        keys = ceph.new_keys()
        found = configparser.RawConfigParser()
        found.read_string(ceph.keyring(keys))
        self.assertEqual(keys, {name: found[name]['key'] for name in found.sections()})
        self.assertEqual('"profile rbd"', found['client.cinder']['caps osd'])
        self.assertEqual('"allow *"', found['mon.']['caps mon'])
