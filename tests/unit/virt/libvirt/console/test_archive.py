# SPDX-License-Identifier: Apache-2.0
"""The log of a deleted server as it is put aside and read."""

from __future__ import annotations

import errno
import os
import stat
import threading
from pathlib import Path
from typing import Any

import ddt

from nova_ext.concurrency import background
from nova_ext.virt.libvirt.console import archive, counted, history, offsets
from tests.unit.virt.libvirt.console import archives
from tests.unit.virt.libvirt.console import virtlogd_files as files


def modes(directory: Path) -> set[tuple[str, int]]:
    """Return what is in a directory, deeply, whether file or directory, and its mode."""
    return {('directory' if path.is_dir() else 'file', stat.S_IMODE(path.stat().st_mode))
            for path in (directory, *directory.rglob('*'))}


@ddt.ddt
class TestKeep(archives.ArchiveTestCase):
    def setUp(self) -> None:
        super().setUp()
        offsets.begin(str(self.log), first=True)
        self.printed = b'oldestoldernewest'
        for name, text in (('.1', b'oldest'), ('.0', b'older'), ('', b'newest')):
            self.log.write_bytes(text)
            offsets.note(str(self.log))
            self.log.rename(f'{self.log}{name}')

    def rename_across_file_systems(self) -> None:
        """Have files that are renamed into the archive come from another file system."""
        rename = os.rename

        def fail(old: Any, new: Any) -> None:
            if str(new).startswith(str(self.kept)) and not str(old).startswith(str(self.kept)):
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
            rename(old, new)

        self.patch(os, 'rename', fail)

    def test_log_is_moved_with_its_rotated_files_and_its_offsets(self) -> None:
        before = offsets.read(str(self.log), 4, 9)
        self.assertEqual((17, 0), self.keep())
        self.assertEqual([], self.names(self.log.parent))
        self.assertEqual(
            ['console.log', 'console.log.0', 'console.log.1', 'console.log.index', 'deleted'],
            self.names(self.kept / archives.SERVER))
        self.assertEqual(tuple(before), self.read(4, limit=9))
        self.assertEqual((self.printed, 0, 17, 0), self.read())

    def test_offsets_of_what_was_rotated_out_are_not_used_again(self) -> None:
        Path(f'{self.log}.1').unlink()
        self.keep()
        self.assertEqual((b'oldernewest', 6, 17, 6), self.read())

    def test_log_is_copied_from_another_file_system_with_its_offsets(self) -> None:
        self.rename_across_file_systems()
        self.assertEqual((17, 0), self.keep())
        self.assertEqual((self.printed, 0, 17, 0), self.read())
        self.assertEqual((b'wes', 13, 16, 0), self.read(13, limit=3))

    @ddt.data(False, True)
    def test_only_root_may_see_it(self, copied: bool) -> None:
        self.log.chmod(0o644)
        if copied:
            self.rename_across_file_systems()
        previous = os.umask(0)
        self.addCleanup(os.umask, previous)
        self.keep()
        self.assertEqual({('directory', 0o700), ('file', 0o600)}, modes(self.kept.parent))

    @ddt.data((14 + archive.RESERVED, 14, 3), (archive.RESERVED + 1, 1, 16))
    @ddt.unpack
    def test_of_a_log_that_is_greater_than_the_quota_the_newest_bytes_are_kept(
            self, quota: int, size: int, older: int) -> None:
        self.assertEqual((size, older), self.keep(quota=quota))
        self.assertEqual((self.printed[-size:], 17 - size, 17, 17 - size), self.read())

    def test_copy_has_a_bound(self) -> None:
        self.rename_across_file_systems()
        self.patch(archive, 'MAX_COPIED', 10)
        self.assertEqual((10, 7), self.keep())
        self.assertEqual((self.printed[-10:], 7, 17, 7), self.read())

    def test_log_whose_offsets_are_unknown_is_kept_all_the_same(self) -> None:
        Path(f'{self.log}.index').unlink()
        self.keep()
        data, start, following, _ = self.read()
        self.assertEqual((self.printed, 17), (data, following - start))

    def test_log_that_is_kept_stays_when_files_are_deleted_again(self) -> None:
        self.keep()
        self.assertEqual((0, 0), self.keep())
        files.make(self.log, b'something else')
        self.assertEqual((0, 0), self.keep())
        self.assertEqual(self.printed, self.read()[0])

    @ddt.data('empty', 'missing', 'null', 'pipe', 'no directory')
    def test_nothing_is_kept_of_a_log_that_is_none(self, kind: str) -> None:
        history.remove(str(self.log), aside=True)
        if kind == 'empty':
            self.log.touch()
        elif kind == 'null':
            self.log.symlink_to(os.devnull)
        elif kind == 'pipe':
            os.mkfifo(self.log)
        elif kind == 'no directory':
            self.log.parent.rmdir()
        self.assertEqual((0, 0), self.keep())
        self.assertFalse((self.kept / archives.SERVER).exists())
        self.assertIs(kind in ('null', 'pipe'), os.path.lexists(self.log))

    def test_what_a_link_leads_to_is_copied_and_stays(self) -> None:
        elsewhere = self.directory / 'elsewhere'
        self.log.rename(elsewhere)
        self.log.symlink_to(elsewhere)
        self.assertEqual((17, 0), self.keep())
        self.assertEqual(self.printed, self.read()[0])
        self.assertEqual(b'newest', elsewhere.read_bytes())

    def test_deletion_of_the_log_does_not_wait_until_a_copy_is_written(self) -> None:
        append = counted.append
        begun, over = threading.Event(), threading.Event()

        def append_slowly(*arguments: Any) -> None:
            begun.set()
            over.wait(20)
            append(*arguments)

        def remove() -> None:
            with offsets.locked(str(self.log)):
                history.remove(str(self.log), aside=True)

        self.rename_across_file_systems()
        self.patch(counted, 'append', append_slowly)
        self.addCleanup(over.set)
        keeping = background.start('keep', self.keep)
        self.assertTrue(begun.wait(20))
        background.start('remove', remove).result(5)
        over.set()
        self.assertEqual((17, 0), keeping.result(20))
        self.assertEqual(self.printed, self.read()[0])

    def test_nothing_is_left_of_a_failure(self) -> None:
        def fail(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        self.patch(archive, '_move', fail)
        with self.assert_raises(OSError, 'No space left'):
            self.keep()
        self.assertEqual([], self.names(self.kept))
        self.assertEqual(self.printed, files.read(self.log))

    def test_failure_of_one_port_leaves_what_is_kept_of_another(self) -> None:
        self.keep()
        kept = self.read()
        self.log.write_bytes(b'')
        self.assertEqual((0, 0), tuple(self.keep(port=1)))
        self.assertEqual((kept, b'newest'), (self.read(), kept[0][-6:]))

    def test_link_in_the_place_of_the_directory_is_not_followed(self) -> None:
        elsewhere = self.make_directory()
        self.kept.parent.symlink_to(elsewhere)
        with self.assert_raises(NotADirectoryError, str(self.kept.parent)):
            self.keep()
        self.assertEqual([], self.names(elsewhere))
        self.assertEqual(self.printed, files.read(self.log))


class TestRead(archives.ArchiveTestCase):
    def test_log_is_read_until_its_time_is_over(self) -> None:
        self.log.write_bytes(b'printed')
        self.keep()
        self.keep_for(0.9)
        self.assertEqual(b'printed', self.read(hours=1)[0])
        self.keep_for(1)
        with self.assert_raises(FileNotFoundError, 'long enough'):
            self.read(hours=1)

    def test_log_that_is_not_kept_is_missing(self) -> None:
        with self.assert_raises(FileNotFoundError):
            self.read()
