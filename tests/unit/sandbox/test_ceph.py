# SPDX-License-Identifier: Apache-2.0
"""Tests of what Ceph is told about keys."""

import base64
import configparser
import struct

from sandbox import ceph


def test_a_key_is_as_ceph_writes_it() -> None:
    random = bytes(range(16))
    content = base64.b64decode(ceph.new_key(random, created=1_700_000_000))
    # 1 is AES; seconds and nanoseconds of its making; then the length of what follows.
    assert struct.unpack('<HIIH', content[:12]) == (1, 1_700_000_000, 0, 16)
    assert content[12:] == random


def test_everybody_has_a_key_of_its_own() -> None:
    keys = ceph.new_keys()
    assert set(keys) == {'mon.', 'mgr.a', 'osd.0', 'client.admin', 'client.cinder'}
    assert len(set(keys.values())) == len(keys)


def test_the_keyring_says_who_may_do_what() -> None:
    keys = ceph.new_keys()
    found = configparser.RawConfigParser()
    found.read_string(ceph.keyring(keys))
    assert {name: found[name]['key'] for name in found.sections()} == keys
    assert found['client.cinder']['caps osd'] == '"profile rbd"'
    assert found['mon.']['caps mon'] == '"allow *"'
