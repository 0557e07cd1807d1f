# SPDX-License-Identifier: Apache-2.0
"""Running ``nova-ext-setup`` on a host that is a directory."""

from __future__ import annotations

from typing import NamedTuple

from nova_ext.cmd import setup
from tests.fixtures import nova_host
from tests.unit import base

COMPUTE_CONF, PASTE = '/etc/nova/nova-compute.conf', '/etc/nova/api-paste.ini'
OURS = 'nova_ext.LibvirtDriver'


class Done(NamedTuple):
    """What became of a call."""

    status: int
    printed: str
    complaint: str


class SetupTestCase(base.TestCase):
    """A host of both services, as Debian's packages leave it."""

    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())

    def run_setup(self, *words: str) -> Done:
        """Run the command."""
        printed, complaint = self.capture_output(), self.capture_output('stderr')
        status = setup.main(['--root', str(self.host.root), *words])
        return Done(status, printed.getvalue(), complaint.getvalue())

    def assert_done(self, *words: str) -> str:
        """Run the command, assert that it did what it was asked for; return what it printed."""
        done = self.run_setup(*words)
        self.assertEqual((0, ''), (done.status, done.complaint), str(done))
        return done.printed

    def assert_refused(self, *words: str) -> str:
        """Run the command, assert that it does nothing and says why; return that sentence."""
        before = self.snapshot()
        done = self.run_setup(*words)
        self.assertEqual((1, '', before), (done.status, done.printed, self.snapshot()), str(done))
        self.assertEqual(1, done.complaint.count('\n'), done.complaint)
        self.assertTrue(done.complaint.startswith('nova-ext-setup: '), done.complaint)
        return done.complaint[len('nova-ext-setup: '):-1]

    def snapshot(self) -> dict[str, bytes]:
        """Return all files of the host."""
        return {str(path): path.read_bytes() for path in self.host.root.rglob('*')
                if path.is_file()}
