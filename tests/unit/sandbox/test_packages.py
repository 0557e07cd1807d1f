# SPDX-License-Identifier: Apache-2.0
"""Installing Debian packages for the sandbox."""

from __future__ import annotations

from typing import Optional

import ddt

from sandbox import hosts, packages
from sandbox.errors import SandboxError
from tests.unit import base


@ddt.ddt
class TestInstall(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.capture_output()
        self.accounts = [1, 2, 3]
        self.patch(packages, '_missing', lambda names: ['prometheus'])
        self.patch(packages, '_apt', self._apt)
        self.patch(packages, '_require_root', lambda wanted: None)
        self.patch(packages, '_accounts', lambda: list(self.accounts))
        self.patch(packages, 'POLICY', self.make_directory() / 'policy-rc.d')
        self.added = 0

    def _apt(self, words: list[str], wanted: list[str]) -> None:
        self.accounts[0] += self.added

    def set_up_cloud(self, anchor: Optional[int]) -> None:
        self.patch(hosts.Host, 'anchor', lambda host: anchor)

    @ddt.data((1, None), (0, 7))
    @ddt.unpack
    def test_package_is_installed(self, added: int, anchor: Optional[int]) -> None:
        self.added = added
        self.set_up_cloud(anchor)
        self.assertEqual(['prometheus'], packages.ensure())

    def test_package_that_takes_the_users_of_a_cloud_says_what_to_do(self) -> None:
        self.added = 1
        self.set_up_cloud(7)
        with self.assert_raises(SandboxError) as caught:
            packages.ensure()
        self.assertIn('lost theirs (prometheus)', str(caught.exception))
        self.assertIn('`sandbox/stack down`', str(caught.exception))
