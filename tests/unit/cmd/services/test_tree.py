# SPDX-License-Identifier: Apache-2.0
"""Files of a host, below its root."""

from __future__ import annotations

import os

import ddt

from nova_ext.cmd.services import tree
from tests.fixtures import nova_host, users
from tests.unit import base


@ddt.ddt
class TestTree(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.tree = self.host.tree

    def test_bytes_that_are_no_utf_8_survive(self) -> None:
        self.host.write('/a', '').write_bytes(b'\xe9\r\n')
        text = self.tree.read('/a')
        self.assertEqual(b'\xe9\r\n', text.encode(errors='surrogateescape'))

    def test_missing_file_is_named_as_the_services_know_it(self) -> None:
        with self.assert_raises(FileNotFoundError) as caught:
            self.tree.read('/etc/nova/nova.conf')
        self.assertEqual('/etc/nova/nova.conf', caught.exception.filename)

    def test_what_is_not_there_is_empty(self) -> None:
        self.host.write('/file', '')
        for name in ('/gone', '/file/below'):
            self.assertFalse(self.tree.exists(name))
            self.assertEqual([], self.tree.matches(name, '*'))

    @ddt.data('exists', 'read', 'is_directory')
    def test_what_may_not_be_seen_does_not_count_as_missing(self, method: str) -> None:
        self.host.write('/closed/a', '')
        self.host.path('/closed').chmod(0)
        self.addCleanup(self.host.path('/closed').chmod, 0o755)
        self.useFixture(users.OrdinaryUser())
        with self.assert_raises(PermissionError) as caught:
            getattr(self.tree, method)('/closed/a')
        self.assertEqual('/closed/a', caught.exception.filename)

    @ddt.data((0, 'Run this as the user to whom it belongs'), (64060, 'Run this as root'))
    @ddt.unpack
    def test_remedy_depends_on_who_asks(self, user: int, remedy: str) -> None:
        self.patch(os, 'geteuid', lambda: user)
        self.assertEqual(remedy, tree.remedy())

    def test_directory_that_may_not_be_listed_does_not_count_as_empty(self) -> None:
        self.host.write('/closed/a', '')
        self.host.path('/closed').chmod(0o711)
        self.useFixture(users.OrdinaryUser())
        with self.assert_raises(PermissionError):
            self.tree.matches('/closed', '*')
