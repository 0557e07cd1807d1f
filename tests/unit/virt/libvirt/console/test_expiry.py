# SPDX-License-Identifier: Apache-2.0
"""The end of the logs of deleted servers."""

from __future__ import annotations

import os
import shutil
import uuid

import ddt

from nova_ext.virt.libvirt.console import archive, expiry
from tests.unit.virt.libvirt.console import archives


@ddt.ddt
class TestRemove(archives.ArchiveTestCase):
    def keep_one(self, hours: float, size: int = 1) -> str:
        """Keep the log of a server that was deleted so long ago; return its UUID."""
        server = str(uuid.uuid4())
        self.log.write_bytes(b'a' * size)
        self.keep(server=server)
        self.keep_for(hours, server=server)
        return server

    def remove(self, hours: float = 1, quota: int = archives.QUOTA) -> expiry.Removed:
        return expiry.remove(str(self.kept), hours * archives.HOUR, quota)

    def test_logs_that_were_kept_long_enough_are_deleted(self) -> None:
        old, older, young = (self.keep_one(hours) for hours in (1, 50, 0.9))
        removed = self.remove()
        self.assertEqual(({old, older}, [], {}),
                         (set(removed.expired), removed.displaced, removed.failed))
        self.assertEqual([young], self.names(self.kept))

    def test_with_0_hours_nothing_is_kept(self) -> None:
        server = self.keep_one(0)
        self.assertEqual(([server], [], {}), self.remove(hours=0))
        self.assertEqual([], self.names(self.kept))

    @ddt.data('nova-ext-deleted', 'nova-ext-deleted/here')
    def test_directories_to_which_a_link_leads_are_left_alone(self, name: str) -> None:
        server = self.keep_one(50)
        other = self.directory / 'other'
        (self.directory / name).rename(other)
        (self.directory / name).symlink_to(other)
        with self.assert_raises(NotADirectoryError, name):
            self.remove()
        self.assertIn(server, os.listdir(self.kept))

    def test_oldest_are_deleted_first_when_all_are_too_great(self) -> None:
        third, first, second = (self.keep_one(hours, 40960) for hours in (0.3, 0.1, 0.2))
        removed = self.remove(quota=90000)
        self.assertEqual(([], [third], {}), removed)
        self.assertEqual(sorted([first, second]), self.names(self.kept))

    def test_small_log_does_not_outlive_a_younger_one(self) -> None:
        small, _, great = (self.keep_one(0.3), self.keep_one(0.2, 81920), self.keep_one(0.1, 8192))
        self.assertIn(small, self.remove(quota=81920).displaced)
        self.assertEqual([great], self.names(self.kept))

    def test_expired_logs_displace_no_others(self) -> None:
        old, young = self.keep_one(2, 81920), self.keep_one(0.5, 40960)
        self.assertEqual(([old], [], {}), self.remove(quota=81920))
        self.assertEqual([young], self.names(self.kept))

    def test_each_file_counts_as_a_block_of_the_disk_at_least(self) -> None:
        for number in range(10):
            self.keep_one(number / 100)
        self.assertEqual(5, len(self.remove(quota=5 * 4096).displaced))

    def test_only_log_that_just_fits_is_not_deleted(self) -> None:
        self.log.write_bytes(b'a' * archives.QUOTA)
        self.assertEqual(archives.QUOTA, sum(self.keep()))
        self.assertEqual(([], [], {}), self.remove())

    def test_log_of_unknown_age_is_deleted(self) -> None:
        server = self.keep_one(0)
        (self.kept / server / archive.SINCE).unlink()
        self.assertEqual([server], self.remove().expired)

    def test_log_that_is_only_being_put_there_stays(self) -> None:
        server = self.keep_one(0)
        place = self.kept / server
        since = (place / archive.SINCE).stat().st_mtime
        (place / archive.SINCE).unlink()
        looked: list[str] = []
        look = expiry._look

        def look_and_go_on(place: str) -> object:
            found = look(place)
            if not looked:
                (self.kept / server / archive.SINCE).touch()
                os.utime(self.kept / server / archive.SINCE, (since, since))
            looked.append(place)
            return found

        self.patch(expiry, '_look', look_and_go_on)
        self.assertEqual(([], [], {}), self.remove())
        self.assertEqual([server], self.names(self.kept))

    def test_log_that_another_thread_has_deleted_is_no_failure(self) -> None:
        first, second = self.keep_one(2), self.keep_one(3)
        look = expiry._look

        def look_and_delete(place: str) -> object:
            found = look(place)
            shutil.rmtree(self.kept / second, ignore_errors=True)
            return found

        self.patch(expiry, '_look', look_and_delete)
        self.assertEqual(([first], [], {}), self.remove())

    def test_what_others_have_put_there_is_left_alone(self) -> None:
        elsewhere = self.make_directory()
        self.kept.mkdir(parents=True)
        (self.kept / 'lost+found').mkdir()
        (self.kept / str(uuid.uuid4())).touch()
        (self.kept / str(uuid.uuid4())).symlink_to(elsewhere)
        before = self.names(self.kept)
        self.assertEqual(([], [], {}), self.remove(hours=0))
        self.assertEqual(before, self.names(self.kept))
        self.assertTrue(elsewhere.exists())

    def test_where_nothing_was_ever_kept_nothing_is_made(self) -> None:
        self.assertEqual(([], [], {}), self.remove())
        self.assertFalse(self.kept.parent.exists())

    @ddt.data('rmtree', 'scandir')
    def test_failure_keeps_no_other_from_its_end(self, function: str) -> None:
        broken, other = self.keep_one(3), self.keep_one(2)
        module = {'rmtree': shutil, 'scandir': os}[function]
        original = getattr(module, function)

        def fail(path: object) -> object:
            if str(path).endswith(broken):
                raise OSError(5, 'Input/output error')
            return original(path)

        self.patch(module, function, fail)
        self.assertEqual(([other], [], {broken: 'Input/output error'}), self.remove())
        self.assertIn(broken, os.listdir(self.kept))
