# SPDX-License-Identifier: Apache-2.0
"""Reading a log by offset."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import ddt

from nova_ext.virt import capabilities
from nova_ext.virt.libvirt.console import extents, index, log, offsets
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files


class OffsetsTestCase(base.ConsoleTestCase):
    """A log that is not there yet, :attr:`path`, of a server that was never started before."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'
        offsets.begin(str(self.path), first=True)

    def read(self, start: int, limit: int = 1000) -> capabilities.LogPart:
        return offsets.read(str(self.path), start, limit)


@ddt.ddt
class TestRead(OffsetsTestCase):
    @ddt.data(
        (0, 100, b'oldest,older,new', 0), (7, 6, b'older,', 7), (3, 9, b'est,older', 3),
        (-3, 100, b'new', 13), (-100, 6, b'oldest', 0), (16, 5, b'', 16), (99, 5, b'', 16))
    @ddt.unpack
    def test_bytes_are_those_from_the_offset_on(
            self, start: int, limit: int, data: bytes, begins: int) -> None:
        files.make(self.path, b'new', b'older,', b'oldest,')
        offsets.note(str(self.path))
        # The first look does not know whether there was more.
        shift = self.read(0).oldest
        part = self.read(start + shift if start >= 0 else start, limit)
        self.assertEqual((data, begins + shift, begins + shift + len(data)), part[:3])

    def test_older_offset_than_those_kept_begins_at_the_oldest(self) -> None:
        self.path.write_bytes(b'dropped')
        offsets.note(str(self.path))
        os.rename(self.path, f'{self.path}.0')
        self.path.write_bytes(b'kept')
        offsets.note(str(self.path))
        os.unlink(f'{self.path}.0')
        self.assertEqual(capabilities.LogPart(b'kept', 7, 11, 7), self.read(2))

    @ddt.data((b'a\xe2\x82\xac', 0, 3, b'a', 1), (b'a\xe2\x82\xac', 2, 9, b'', 4),
              (b'\xe2\x82\xac', 0, 1, b'\xe2\x82\xac', 3), (b'a\xe2\x82', 0, 9, b'a', 1),
              (b'a\xff\x82b', 0, 9, b'a\xff\x82b', 4), (b'\xf0\x9f\x98\x80b', 2, 1, b'b', 5),
              (b'a\xe2\x82b', 1, 9, b'\xe2\x82b', 4), (b'a\x82\x82b', 2, 9, b'\x82b', 4))
    @ddt.unpack
    def test_characters_are_whole(
            self, printed: bytes, start: int, limit: int, data: bytes, following: int) -> None:
        self.path.write_bytes(printed)
        part = self.read(start, limit)
        self.assertEqual((data, following), (part.data, part.next))

    def test_rest_of_a_character_is_read_with_it_when_it_has_been_printed(self) -> None:
        self.path.write_bytes(b'a\xe2\x82')
        self.assertEqual(1, self.read(0).next)
        with self.path.open('ab') as file:
            file.write(b'\xac')
        self.assertEqual(b'\xe2\x82\xac', self.read(1).data)

    def test_server_without_a_log_has_none(self) -> None:
        for path in (self.directory / 'gone/console.log', self.make_directory() / 'console.log'):
            with self.assert_raises(FileNotFoundError):
                offsets.read(str(path), 0, 10)
            self.assertFalse(path.parent.exists() and list(path.parent.iterdir()))

    def test_empty_log_of_a_server_that_was_started_is_read(self) -> None:
        self.assertEqual(capabilities.LogPart(b'', 0, 0, 0), self.read(0))

    def test_log_linked_to_the_null_device_is_empty(self) -> None:
        self.path.symlink_to('/dev/null')
        self.assertEqual(capabilities.LogPart(b'', 0, 0, 0), self.read(-5))

    def test_no_file_is_left_open(self) -> None:
        files.make(self.path, b'new', b'old')
        self.read(0)
        self.assertFalse([name for descriptor in os.listdir('/proc/self/fd')
                          if (name := os.path.realpath(f'/proc/self/fd/{descriptor}'))
                          and name.startswith(str(self.directory))])


@ddt.ddt
class TestKeptOffsets(OffsetsTestCase):
    def test_offsets_of_a_log_that_was_never_counted_are_greater_than_any_before(self) -> None:
        path = self.make_directory() / 'console.log'
        path.write_bytes(b'printed before')
        part = offsets.read(str(path), 0, 100)
        self.assertEqual(b'printed before', part.data)
        self.assertLess(time.time() * 1e6 - part.start, 60e6)
        self.assertLess(part.next, 2 ** 53)

    @ddt.data('{', '[]', '{"format": 2}', '{"format": 1, "end": 0, "files": [{}]}')
    def test_unreadable_index_is_begun_anew_with_greater_offsets(self, text: str) -> None:
        self.path.write_bytes(b'printed')
        self.read(0)
        Path(index.name(str(self.path))).write_text(text)
        part = self.read(0)
        self.assertEqual(b'printed', part.data)
        self.assertGreater(part.start, 10 ** 15)

    def test_file_that_was_emptied_does_not_use_its_offsets_again(self) -> None:
        self.path.write_bytes(b'first')
        self.read(0)
        self.path.write_bytes(b'other text')
        self.assertEqual(capabilities.LogPart(b'other text', 6, 16, 6), self.read(0))

    def test_another_file_with_the_same_inode_is_not_taken_for_the_first(self) -> None:
        self.path.write_bytes(b'first')
        self.read(0)
        with self.path.open('r+b') as file:
            file.write(b'other text')
        self.assertEqual(capabilities.LogPart(b'other text', 6, 16, 6), self.read(5))

    def test_all_files_gone_between_two_looks_leave_an_offset_out(self) -> None:
        self.path.write_bytes(b'seen')
        self.assertEqual(4, self.read(0).next)
        self.path.unlink()
        self.path.with_name('other').write_bytes(b'')  # takes the inode
        self.path.write_bytes(b'unknown')
        self.assertEqual(capabilities.LogPart(b'unknown', 5, 12, 5), self.read(4))

    def test_index_is_for_root_alone_and_changed_at_once(self) -> None:
        self.path.write_bytes(b'printed')
        self.read(0)
        name = Path(index.name(str(self.path)))
        self.assertEqual(0o600, name.stat().st_mode & 0o777)
        before = name.stat()
        self.read(0)
        self.assertEqual(before.st_ino, name.stat().st_ino)
        self.assertEqual(7, json.loads(name.read_text())['end'])

    def test_looks_count_what_is_deleted_before_anybody_reads(self) -> None:
        virtlogd = files.Virtlogd(self.path, 100, 1)
        while virtlogd.bytes < 5000:
            virtlogd.step(5)
            offsets.note_all([str(self.path), str(self.directory / 'gone/console.log')])
        virtlogd.settle()
        part = self.read(0, 10_000)
        self.assertEqual(virtlogd.bytes, part.next)
        self.assertEqual(files.text(part.start, part.next), part.data)
        self.assertGreater(part.start, 4500)

    def test_look_that_fails_is_returned_with_the_reason(self) -> None:
        self.path.mkdir()
        self.assertEqual(
            {str(self.path): 'Not a regular file'}, offsets.note_all([str(self.path)]))


class TestFollowing(OffsetsTestCase):
    def test_nothing_is_lost_or_repeated_while_threads_read_and_virtlogd_writes(self) -> None:
        virtlogd = files.Virtlogd(self.path, 2000, 3)
        stopped = threading.Event()
        found: list[bytes] = [b'', b'']

        def follow(number: int) -> None:
            place = 0
            while not stopped.is_set() or place < virtlogd.bytes:
                part = self.read(place, 700 + number)
                self.assertEqual(files.text(part.start, part.next), part.data)
                if part.start == place:
                    found[number] += part.data
                place = part.next

        followers = [threading.Thread(target=follow, args=(number,)) for number in range(2)]
        virtlogd.step()
        for follower in followers:
            follower.start()
        for _ in range(400):
            virtlogd.step(8)
            time.sleep(0.001)
        virtlogd.settle()
        stopped.set()
        for follower in followers:
            follower.join(20)
        self.assertEqual([True, True], [len(text) > 1000 for text in found])

    def test_log_whose_files_never_rest_is_not_counted_wrongly(self) -> None:
        self.patch(log, '_identities', lambda path: [(0, 0)])
        self.path.write_bytes(b'printed')
        with self.assert_raises(BlockingIOError):
            self.read(0)
        self.assertEqual(0, index.load(str(self.path)).end)  # type: ignore[union-attr]

    def test_offsets_begin_with_the_time(self) -> None:
        one = extents.beginning()
        time.sleep(0.001)
        self.assertGreater(extents.beginning() - one, 500)
