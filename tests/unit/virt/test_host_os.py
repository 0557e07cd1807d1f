# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import unittest

import ddt

from nova_ext.virt import host_os
from tests.unit import base

OS_RELEASE = pathlib.Path('/etc/os-release')


@ddt.ddt
class TestIdentify(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        directory = self.make_directory()
        self.first, self.second = directory / 'first', directory / 'second'

    @ddt.data(
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\nID=debian\n', 'debian'),
        ('NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n', 'rocky'),
        ("ID='opensuse-leap'\n", 'opensuse-leap'),
        ('# ID=comment\nVERSION_ID="24.04"\nID=ubuntu # really\n', 'ubuntu'),
        ("ID=ubuntu\n# isn't\n# ID=comment\n", 'ubuntu'),
        ('\n\nID=alpine', 'alpine'),
        # os-release(5): "If not set, a default of ID=linux may be used."
        ('NAME="Something"\nVERSION_ID=3\n', 'linux'),
        ('', 'linux'))
    @ddt.unpack
    def test_id_is_parsed_as_a_shell_does(self, text: str, expected: str) -> None:
        self.first.write_text(text)
        self.assertEqual(expected, host_os.identify([self.first]))

    def test_second_file_is_read_when_the_first_is_missing(self) -> None:
        self.second.write_text('ID=debian\n')
        self.assertEqual('debian', host_os.identify([self.first, self.second]))

    @ddt.data(b'ID="unclosed\n', b'NAME="\xff\xfe"\nID=x\n')
    def test_invalid_file_is_skipped(self, content: bytes) -> None:
        self.first.write_bytes(content)
        self.second.write_text('ID=debian\n')
        self.assertEqual('debian', host_os.identify([self.first, self.second]))
        self.assertIsNone(host_os.identify([self.first]))

    def test_id_is_unknown_without_a_file(self) -> None:
        self.assertIsNone(host_os.identify([self.first]))
        self.assertIsNone(host_os.identify([]))

    @unittest.skipUnless(OS_RELEASE.exists(), f'this host has no {OS_RELEASE}')
    def test_this_host_is_identified(self) -> None:
        self.assertIn(f'ID={host_os.identify()}',
                      OS_RELEASE.read_text().replace('"', '').splitlines())
