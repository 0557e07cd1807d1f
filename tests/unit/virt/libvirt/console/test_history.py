# SPDX-License-Identifier: Apache-2.0
"""Histories that are inserted into a log, appended to it, or removed."""

from __future__ import annotations

import errno
import os
import resource
import stat
from pathlib import Path
from typing import Any

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import history, log
from tests.fixtures import clock
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files

HISTORY = b'from another host\n'


class HistoryTestCase(base.ConsoleTestCase):
    """A log that is not there yet, :attr:`path`, and the name of its history's marker."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'
        self.marker = Path(history.marker(str(self.path)))

    def names(self) -> set[str]:
        """Return the names of the files in the log's directory."""
        return {name.name for name in self.directory.iterdir()}

    def make_secret(self) -> Path:
        """Make a file outside the directory of the log, and return its path."""
        secret = self.make_directory() / 'secret'
        secret.write_bytes(b'secret')
        return secret


@ddt.ddt
class TestInsertAsOldest(HistoryTestCase):
    """Nothing rotates the log, so there is nothing to wait for."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(clock.Clock(history))

    @hypothesis.given(
        strategies.lists(strategies.binary(max_size=20), max_size=4),
        strategies.binary(max_size=20), strategies.integers(0, 5))
    def test_history_becomes_the_oldest_file_if_there_is_room(
            self, contents: list[bytes], data: bytes, backups: int) -> None:
        path = self.make_directory() / 'console.log'
        whole = files.make(path, *contents)
        room = max(0, len(contents) - 1) < backups
        self.assertIs(room, history.insert_as_oldest(str(path), data, backups))
        self.assertEqual(data + whole if room else whole, files.read(path))

    def test_no_log_is_needed_first(self) -> None:
        self.assertIs(True, history.insert_as_oldest(str(self.path), HISTORY, 3))
        self.assertEqual({'console.log.0', 'console.log.history'}, self.names())
        self.path.write_bytes(b'new')
        self.assertEqual(HISTORY + b'new', files.read(self.path))

    def test_no_file_is_left_when_there_is_no_room(self) -> None:
        files.make(self.path, b'd', b'c', b'b', b'a')
        before = self.names()
        self.assertIs(False, history.insert_as_oldest(str(self.path), HISTORY, 3))
        self.assertEqual(before, self.names())

    def test_file_is_readable_by_its_owner_only(self) -> None:
        self.addCleanup(os.umask, os.umask(0))
        history.insert_as_oldest(str(self.path), HISTORY, 3)
        known = Path(f'{self.path}.0').stat()
        self.assertEqual((0o600, os.geteuid()), (stat.S_IMODE(known.st_mode), known.st_uid))

    def test_marker_separates_history_from_what_was_printed_on_this_host(self) -> None:
        virtlogd = files.Virtlogd(self.path, 100, 3)
        virtlogd.step()
        self.assertTrue(history.insert_as_oldest(str(self.path), HISTORY, 3))
        virtlogd.write(20)
        self.assertFalse(Path(f'{self.path}.0').samefile(self.marker))
        tail = log.read_tail(str(self.path), 1000, exclude=str(self.marker))
        self.assertEqual(files.text(0, virtlogd.bytes), tail.data)
        self.assertEqual(HISTORY + tail.data, files.read(self.path))

    def test_history_is_rotated_out_eventually(self) -> None:
        virtlogd = files.Virtlogd(self.path, 100, 2)
        self.assertTrue(history.insert_as_oldest(str(self.path), HISTORY, 2))
        virtlogd.write(50)
        self.assert_contiguous(files.read(self.path), virtlogd.bytes)

    def test_second_history_goes_behind_the_first(self) -> None:
        self.path.write_bytes(b'new')
        self.assertTrue(history.insert_as_oldest(str(self.path), b'older,', 3))
        self.assertTrue(history.insert_as_oldest(str(self.path), b'oldest,', 3))
        self.assertEqual(b'oldest,older,new', files.read(self.path))
        self.assertTrue(Path(f'{self.path}.1').samefile(self.marker))

    def test_missing_directory_raises(self) -> None:
        with self.assert_raises(FileNotFoundError):
            history.insert_as_oldest(str(self.directory / 'gone/console.log'), HISTORY, 3)

    def test_link_at_the_marker_is_replaced_and_not_followed(self) -> None:
        secret = self.make_secret()
        os.symlink(secret, self.marker)
        self.assertTrue(history.insert_as_oldest(str(self.path), HISTORY, 3))
        self.assertEqual(b'secret', secret.read_bytes())
        self.assertEqual(HISTORY, files.read(self.path))

    @ddt.data(10_001, 1_000_000)
    def test_no_file_is_left_when_history_cannot_be_written(self, size: int) -> None:
        self.path.write_bytes(b'new')
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            with self.assert_raises(OSError, 'File too large'):
                history.insert_as_oldest(str(self.path), b'x' * size, 3)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual({'console.log'}, self.names())

    def test_no_file_is_left_when_history_cannot_be_linked(self) -> None:
        def refuse(*_: Any) -> None:
            raise PermissionError(errno.EPERM, 'Operation not permitted')

        self.patch(os, 'link', refuse)
        with self.assert_raises(PermissionError):
            history.insert_as_oldest(str(self.path), HISTORY, 3)
        self.assertEqual(set(), self.names())


class TestAppend(HistoryTestCase):
    def test_text_is_added_at_the_end(self) -> None:
        self.path.write_bytes(b'before,')
        history.append(str(self.path), b'after')
        self.assertEqual(b'before,after', self.path.read_bytes())

    def test_missing_log_is_made_for_its_owner_only(self) -> None:
        history.append(str(self.path), b'first')
        self.assertEqual(b'first', self.path.read_bytes())
        self.assertEqual(0o600, stat.S_IMODE(self.path.stat().st_mode))

    def test_link_is_not_followed(self) -> None:
        secret = self.make_secret()
        os.symlink(secret, self.path)
        with self.assert_raises(OSError):
            history.append(str(self.path), b'overwritten')
        self.assertEqual(b'secret', secret.read_bytes())

    def test_log_that_is_linked_to_the_null_device_stays_so(self) -> None:
        self.path.symlink_to('/dev/null')
        history.append(str(self.path), b'discarded')
        self.assertEqual(Path('/dev/null'), self.path.readlink())


class TestRemove(HistoryTestCase):
    def test_files_of_the_log_are_deleted_and_no_others(self) -> None:
        files.make(self.path, *(b'%d' % number for number in range(12)))
        self.marker.write_bytes(b'')
        (self.directory / 'console.log2').write_bytes(b'')
        history.remove(str(self.path), aside=False)
        self.assertEqual({'console.log2'}, self.names())

    def test_what_is_no_file_of_the_log_stays(self) -> None:
        os.mkfifo(self.path)  # stands for /dev/null, which a domain may name itself
        history.remove(str(self.path), aside=True)
        self.assertIsNone(history.set_aside(str(self.path)))
        self.assertEqual({'console.log'}, self.names())

    def test_missing_log_is_ignored(self) -> None:
        history.remove(str(self.path), aside=False)
        self.assertEqual(set(), self.names())

    def test_log_that_cannot_be_deleted_raises(self) -> None:
        self.path.mkdir()
        with self.assert_raises(OSError):
            history.remove(str(self.path), aside=False)
