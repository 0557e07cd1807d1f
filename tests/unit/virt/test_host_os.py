# SPDX-License-Identifier: Apache-2.0
"""The operating system of a host."""

from __future__ import annotations

import pathlib
import unittest

import ddt

from nova_ext.virt import host_os, mounts
from tests.unit import base

OS_RELEASE = pathlib.Path('/etc/os-release')


@ddt.ddt
class TestRead(base.TestCase):
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
        self.assertEqual(expected, host_os.read([self.first]))

    def test_second_file_is_read_when_the_first_is_missing(self) -> None:
        self.second.write_text('ID=debian\n')
        self.assertEqual('debian', host_os.read([self.first, self.second]))

    @ddt.data(b'ID="unclosed\n', b'NAME="\xff\xfe"\nID=x\n')
    def test_invalid_file_is_skipped(self, content: bytes) -> None:
        self.first.write_bytes(content)
        self.second.write_text('ID=debian\n')
        self.assertEqual('debian', host_os.read([self.first, self.second]))
        self.assertIsNone(host_os.read([self.first]))

    def test_id_is_unknown_without_a_file(self) -> None:
        self.assertIsNone(host_os.read([self.first]))
        self.assertIsNone(host_os.read([]))

    @unittest.skipUnless(OS_RELEASE.exists(), f'this host has no {OS_RELEASE}')
    def test_this_host_is_identified(self) -> None:
        self.assertIn(f'ID={host_os.read([OS_RELEASE])}',
                      OS_RELEASE.read_text().replace('"', '').splitlines())


@ddt.ddt
class TestIdentify(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.make_directory()
        self.own = self.write('etc', 'image')
        self.of_host = self.directory / 'run'
        self.patch(host_os, '_OS_RELEASE', (self.directory / 'missing', self.own))
        self.patch(host_os, '_OF_HOST', self.of_host)
        self.points: list[str] = ['/']
        self.patch(mounts.Mounts, 'of', lambda pid: mounts.Mounts(
            f'{number} {int(number > 1)} 0:{number} / {point} rw'
            for number, point in enumerate(self.points, 1)))

    def write(self, name: str, found: str) -> pathlib.Path:
        path = self.directory / name
        path.write_text(f'ID={found}\n')
        return path

    def identify(self, *, contained: bool) -> str | None:
        self.patch(host_os, 'is_contained', lambda: contained)
        return host_os.identify()

    def test_own_file_counts_outside_of_containers(self) -> None:
        self.write('run', 'other')
        self.assertEqual('image', self.identify(contained=False))

    def test_file_of_an_image_says_nothing_of_the_host(self) -> None:
        self.assertIsNone(self.identify(contained=True))
        [message] = self.logs.messages(logger='nova_ext')
        self.assertIn("Mount the host's /etc/os-release into the container", message)

    def test_file_that_the_manager_of_containers_shows_counts(self) -> None:
        self.write('run', 'ubuntu')
        self.assertEqual('ubuntu', self.identify(contained=True))

    def test_file_that_is_mounted_counts(self) -> None:
        self.points.append(str(self.own))
        self.assertEqual('image', self.identify(contained=True))

    def test_file_that_a_link_leads_to_counts_where_it_is_mounted(self) -> None:
        link = self.directory / 'link'
        link.symlink_to(self.own.name)
        self.patch(host_os, '_OS_RELEASE', (link,))
        self.points.append(str(self.own))
        self.assertEqual('image', self.identify(contained=True))

    def test_file_in_a_mounted_directory_may_be_of_the_image(self) -> None:
        self.points.append(str(self.directory))
        self.assertIsNone(self.identify(contained=True))

    def test_machine_that_was_made_of_an_image_is_no_container(self) -> None:
        path = self.write('.dockerenv', '')
        self.patch(mounts.Mounts, 'of', lambda pid: mounts.Mounts(
            ['1 0 252:1 / / rw - ext4 /dev/vda1 rw']))
        self.assertFalse(host_os.is_contained([path], {}))
        self.assertTrue(host_os.is_contained([path], {'container': 'podman'}))

    @ddt.data(
        ({}, False, False), ({'HOME': '/'}, False, False), ({'container': ''}, False, False),
        ({'container': 'oci'}, False, True), ({}, True, True),
        ({'KUBERNETES_SERVICE_HOST': '10.0.0.1'}, False, True))
    @ddt.unpack
    def test_container_is_known_by_what_its_manager_leaves_there(
            self, environ: dict[str, str], file: bool, expected: bool) -> None:
        path = self.directory / '.dockerenv'
        if file:
            path.touch()
        self.assertIs(expected, host_os.is_contained([path], environ))
