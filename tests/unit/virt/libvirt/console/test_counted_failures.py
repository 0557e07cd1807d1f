# SPDX-License-Identifier: Apache-2.0
"""Logs that go from one host to another while something is wrong."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import Any

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import counted, index, log, rollover
from tests.unit.virt.libvirt.console import test_counted
from tests.unit.virt.libvirt.console import virtlogd_files as files


class TestWritten(test_counted.MovesTestCase):
    """Something is written to the log after its guest has gone, as by a virtlogd that is late."""

    def test_bytes_that_are_sent_have_their_own_offsets(self) -> None:
        ours = log.opened_in_order

        @contextlib.contextmanager
        def opened_in_order(path: str) -> Iterator[list[int]]:
            with ours(path) as files_:
                yield files_
            self.source.write(b'late,')

        self.patch(log, 'opened_in_order', opened_in_order)
        sent = self.source.send(9)
        whole = files.read(self.source.path)
        place = 0
        for start, length in sent.spans:
            self.assertEqual(whole[start:start + length], sent.data[place:place + length])
            place += length
        self.assertEqual(9, place)


class TestFailures(test_counted.MovesTestCase):
    """The offsets cannot be noted, as on a full disk."""

    def setUp(self) -> None:
        super().setUp()
        self.sent = self.source.send(1000)
        self.patch(index, 'save', self.fail_to_save)

    def fail_to_save(self, *_: Any) -> None:
        raise OSError(errno.ENOSPC, 'No space left on device')

    def assert_warned(self) -> None:
        self.assertIn('whose text is kept without them: No space left on device',
                      self.logs.records[-1].getMessage())

    def test_history_is_sent_without_them(self) -> None:
        self.source.write(b'third')
        self.assertEqual((b'first,second,third', 0, []), self.source.send(1000))
        self.assert_warned()

    def test_history_that_comes_is_kept(self) -> None:
        self.dest.write(b'third')
        self.assertTrue(counted.insert_as_oldest(
            self.dest.path, self.sent.data, 3, self.sent.spans))
        self.assertEqual(b'first,second,third', files.read(self.dest.path))
        self.assert_warned()

    def test_history_that_comes_back_is_kept(self) -> None:
        self.source.write(b'third,')
        counted.append(self.source.path, b'fourth', [console_history.Span(19, 6)])
        self.assertEqual(b'first,second,third,fourth', files.read(self.source.path))
        self.assert_warned()

    def test_log_that_begins_anew_is_kept(self) -> None:
        self.source.write(b'third')
        counted.begin_anew(self.source.path, 1000)
        self.assertEqual(b'first,second,third', files.read(self.source.path))
        self.assert_warned()

    def test_log_that_goes_on_in_another_file_is_kept(self) -> None:
        self.source.write(b'third')
        counted.move_on(self.source.path, 1000, 3)
        self.assertEqual(b'first,second,third', files.read(f'{self.source.path}.0'))
        self.assert_warned()

    def test_link_that_has_just_taken_the_place_of_the_log_is_not_followed(self) -> None:
        other = self.directory / 'other'
        other.write_bytes(b'not a log')
        path = os.path.join(self.directory, 'log')
        os.symlink(other, path)
        with self.assert_raises(OSError):
            rollover.begin_anew(path, b'', came=True)
        self.patch(os, 'lstat', os.stat)  # what was there when it was looked at
        with self.assert_raises(OSError):
            rollover.move_on(path, 1000, 3)
        self.assertEqual(b'not a log', other.read_bytes())
        self.assertFalse(os.path.exists(f'{path}.0'))

    def test_history_does_not_wait_for_the_reader_of_a_pipe(self) -> None:
        os.unlink(self.source.path)
        os.mkfifo(self.source.path)
        with self.assert_raises(OSError):
            counted.append(self.source.path, b'third', [])
