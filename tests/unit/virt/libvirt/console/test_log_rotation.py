# SPDX-License-Identifier: Apache-2.0
"""Reading a log while virtlogd rotates it."""

from __future__ import annotations

import os
from typing import Any

import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import log
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files

#: What asks the file system while a log is read.
CALLS = ((log, '_open'), (log, '_identity_of'), (log, 'numbers'))


class TestReadTailDuringRotation(base.ConsoleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'

    @hypothesis.given(
        strategies.lists(strategies.integers(0, 12), max_size=40), strategies.integers(0, 80),
        strategies.integers(1, 5), strategies.sampled_from([11, 12, 30]))
    def test_nothing_is_lost_or_repeated_whenever_files_are_moved(
            self, schedule: list[int], before: int, backups: int, max_size: int) -> None:
        virtlogd = files.Virtlogd(self.make_directory() / 'console.log', max_size, backups)
        virtlogd.step(1 + before)
        written = virtlogd.bytes
        with files.Interleaved(virtlogd, schedule, *CALLS):
            tail = log.read_tail(virtlogd.path, 10_000)
        self.assert_contiguous(tail.data, written)
        self.assertGreaterEqual(len(tail.data), min(written, backups * max_size))

    def test_nothing_is_lost_or_repeated_while_a_thread_writes(self) -> None:
        virtlogd = files.Virtlogd(self.path, 500, 3)
        virtlogd.write(300)
        with virtlogd.running():
            for number in range(3000):
                limit = (200, 999, 1500)[number % 3]
                written = virtlogd.bytes
                tail = log.read_tail(str(self.path), limit)
                self.assertEqual(limit, len(tail.data))
                self.assert_contiguous(tail.data, written)
        self.assertGreater(virtlogd.written, 3000)

    def test_file_recreated_during_the_read_is_not_taken_for_the_deleted_one(self) -> None:
        """A file system reuses the number of a deleted file, unless that is still open."""
        self.path.write_bytes(b'old')
        identity_of, numbers = log._identity_of, [self.path.stat().st_ino]

        def recreate_before(name: str) -> Any:
            if len(numbers) == 1:
                self.path.unlink()
                self.path.write_bytes(b'new')
                numbers.append(self.path.stat().st_ino)
            return identity_of(name)

        self.patch(log, '_identity_of', recreate_before)
        self.assertIn(log.read_tail(str(self.path), 100).data, (b'oldnew', b'new'))
        self.assertEqual(2, len(set(numbers)))

    def test_oldest_file_is_found_where_it_was_just_moved_to(self) -> None:
        files.make(self.path, b'c', b'b', b'a')
        opened = log._open

        def move_before(name: str) -> int:
            if name == f'{self.path}.1' and os.path.exists(name):
                os.rename(name, f'{self.path}.2')
            return opened(name)

        self.patch(log, '_open', move_before)
        self.assertEqual(log.Tail(b'abc', 0), log.read_tail(str(self.path), 100))

    def test_log_that_never_stops_rotating_is_read_at_the_last_attempt(self) -> None:
        virtlogd = files.Virtlogd(self.path, 22, 3)
        virtlogd.write(20)
        with files.Interleaved(virtlogd, [12] * 1000, *CALLS):
            tail = log.read_tail(str(self.path), 1000)
        self.assertTrue(files.lines(tail.data))
