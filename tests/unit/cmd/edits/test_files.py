# SPDX-License-Identifier: Apache-2.0
"""Files that are written with their owner and mode, and how a change is shown."""

from __future__ import annotations

import errno
import os
import pathlib
import subprocess

import ddt
import fixtures

from nova_ext.cmd.edits import files
from tests.fixtures import nova_host, users
from tests.unit import base


@ddt.ddt
class TestWrite(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.file = self.host.write('/etc/nova/a.conf', 'old\n')
        self.change = files.Change('/etc/nova/a.conf', 'old\n', 'new\n')

    def write(self) -> None:
        """Make the change."""
        files.write(self.change, self.host.tree)

    def assert_untouched(self) -> None:
        """Assert that the file is as it was, and alone."""
        self.assertEqual('old\n', self.file.read_text())
        self.assertEqual(['a.conf'], os.listdir(self.file.parent))

    def test_text_is_another_and_nothing_is_left_beside_it(self) -> None:
        self.write()
        self.assertEqual('new\n', self.file.read_text())
        self.assertEqual(['a.conf'], os.listdir(self.file.parent))

    def test_mode_and_owner_stay(self) -> None:
        self.file.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(self.file, 64060, 64061)
        before = self.file.stat()
        self.write()
        after = self.file.stat()
        self.assertEqual((before.st_mode, before.st_uid, before.st_gid),
                         (after.st_mode, after.st_uid, after.st_gid))

    def test_time_of_the_change_is_now(self) -> None:
        os.utime(self.file, (0, 0))
        self.write()
        self.assertGreater(self.file.stat().st_mtime, 1_000_000_000)

    def test_extended_attributes_stay(self) -> None:
        try:
            os.setxattr(self.file, 'user.label', b'x')
        except OSError as error:
            self.skipTest(f'no extended attributes here: {error}')
        self.write()
        self.assertEqual(b'x', os.getxattr(self.file, 'user.label'))

    def test_symbolic_link_stays_one(self) -> None:
        target = self.host.write('/etc/other/b.conf', 'old\n')
        self.file.unlink()
        self.file.symlink_to(target)
        self.write()
        self.assertTrue(self.file.is_symlink())
        self.assertEqual('new\n', target.read_text())

    def test_file_that_has_changed_meanwhile_is_left_alone(self) -> None:
        self.file.write_text('theirs\n')
        with self.assert_raises(OSError, 'Somebody else has changed it meanwhile'):
            self.write()
        self.assertEqual('theirs\n', self.file.read_text())
        self.assertEqual(['a.conf'], os.listdir(self.file.parent))

    @ddt.data('chown', 'fsync', 'replace')
    def test_nothing_is_left_of_a_change_that_fails(self, call: str) -> None:
        self.useFixture(fixtures.MockPatch(
            f'os.{call}', side_effect=OSError(errno.ENOSPC, 'No space left on device')))
        with self.assert_raises(OSError, 'No space left'):
            self.write()
        self.assert_untouched()

    def test_user_without_the_right_changes_nothing(self) -> None:
        self.file.parent.chmod(0o555)
        self.addCleanup(self.file.parent.chmod, 0o755)
        self.useFixture(users.OrdinaryUser())
        with self.assert_raises(PermissionError) as caught:
            self.write()
        self.assertEqual('/etc/nova/a.conf', caught.exception.filename)
        self.assert_untouched()

    def test_error_names_the_file_and_not_the_one_beside_it(self) -> None:
        self.useFixture(fixtures.MockPatch('os.replace', side_effect=OSError(
            errno.EBUSY, 'Device or resource busy', 'a', None, 'b')))
        with self.assert_raises(OSError) as caught:
            self.write()
        self.assertEqual('/etc/nova/a.conf', caught.exception.filename)


class TestDiff(base.TestCase):
    def test_diff_has_only_what_is_another(self) -> None:
        change = files.Change('/a', 'password = x\nb\nc', 'password = x\nB\nC')
        self.assertEqual('--- /a\n+++ /a\n@@ -2,2 +2,2 @@\n-b\n-c\n\\ No newline at end of file\n'
                         '+B\n+C\n\\ No newline at end of file\n', change.diff())

    def test_diff_can_be_applied(self) -> None:
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (directory / 'a').write_text('1\n2\n3\n')
        change = files.Change('a', '1\n2\n3\n', '1\nx\n3\ny\n')
        subprocess.run(['patch', '-s', str(directory / 'a')], input=change.diff(), text=True,
                       check=True, timeout=20)
        self.assertEqual('1\nx\n3\ny\n', (directory / 'a').read_text())
