# SPDX-License-Identifier: Apache-2.0
"""Reading a log while virtlogd does not rotate it."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import log
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files


class LogTestCase(base.ConsoleTestCase):
    """A log that is not there yet, :attr:`path`."""

    def setUp(self) -> None:
        super().setUp()
        self.path = self.directory / 'console.log'

    def open_files(self) -> list[str]:
        """Return the files in the log's directory that this process has open."""
        opened = []
        for descriptor in os.listdir('/proc/self/fd'):
            with contextlib.suppress(FileNotFoundError):  # the one that lists them
                opened.append(os.readlink(f'/proc/self/fd/{descriptor}'))
        return [name for name in opened if name.startswith(str(self.directory))]


@ddt.ddt
class TestReadTail(LogTestCase):
    @hypothesis.given(
        strategies.lists(strategies.binary(max_size=40), min_size=1, max_size=12),
        strategies.integers(0, 300))
    def test_end_of_the_log_is_read_over_all_its_files(
            self, contents: list[bytes], limit: int) -> None:
        path = self.make_directory() / 'console.log'
        whole = files.make(path, *contents)
        tail = log.read_tail(str(path), limit)
        self.assertEqual(whole[max(0, len(whole) - limit):], tail.data)
        self.assertEqual(len(whole) - len(tail.data), tail.older)

    def test_files_are_ordered_by_number(self) -> None:
        files.make(self.path, *(b'%d,' % number for number in range(12)))
        self.assertEqual(
            b'11,10,9,8,7,6,5,4,3,2,1,0,', log.read_tail(str(self.path), 100).data)

    def test_gap_in_the_numbers_hides_no_older_file(self) -> None:
        files.make(self.path, b'c', b'b', b'', b'a')
        Path(f'{self.path}.1').unlink()
        self.assertEqual(log.Tail(b'abc', 0), log.read_tail(str(self.path), 100))

    def test_older_files_are_read_without_the_newest(self) -> None:
        files.make(self.path, b'', b'new', b'old')
        self.path.unlink()
        self.assertEqual(log.Tail(b'dnew', 2), log.read_tail(str(self.path), 4))

    def test_missing_log_is_empty(self) -> None:
        self.assertEqual(log.Tail(b'', 0), log.read_tail(str(self.path), 100))

    def test_missing_directory_raises(self) -> None:
        with self.assert_raises(FileNotFoundError):
            log.read_tail(str(self.directory / 'gone/console.log'), 100)

    @ddt.data(
        'console.log.gz', 'console.log.0.gz', 'console.log.x', 'console.log.00000',
        'console.log.-1', 'consoleXlog.0', 'xconsole.log.0', 'console.log.history')
    def test_file_with_a_similar_name_is_not_part_of_the_log(self, name: str) -> None:
        self.path.write_bytes(b'mine')
        (self.directory / name).write_bytes(b'not mine')
        self.assertEqual(log.Tail(b'mine', 0), log.read_tail(str(self.path), 100))

    def test_file_with_two_names_is_read_once(self) -> None:
        files.make(self.path, b'new', b'old')
        os.link(f'{self.path}.0', f'{self.path}.1')
        self.assertEqual(log.Tail(b'oldnew', 0), log.read_tail(str(self.path), 100))

    def test_no_file_is_left_open(self) -> None:
        files.make(self.path, b'c', b'b', b'a')
        log.read_tail(str(self.path), 2)
        self.assertEqual([], self.open_files())


class TestWithout(LogTestCase):
    def test_file_is_left_out_under_any_name(self) -> None:
        files.make(self.path, b'new', b'history', b'old')
        marker = f'{self.path}.history'
        os.link(f'{self.path}.0', marker)
        self.assertEqual(
            log.Tail(b'oldnew', 0), log.read_tail(str(self.path), 100, exclude=marker))
        os.rename(f'{self.path}.0', f'{self.path}.7')
        self.assertEqual(
            log.Tail(b'oldnew', 0), log.read_tail(str(self.path), 100, exclude=marker))

    def test_file_left_out_counts_neither_against_the_limit_nor_as_older(self) -> None:
        files.make(self.path, b'new', b'history', b'old')
        self.assertEqual(
            log.Tail(b'ldnew', 1), log.read_tail(str(self.path), 5, exclude=f'{self.path}.0'))

    def test_name_without_a_file_leaves_nothing_out(self) -> None:
        files.make(self.path, b'new', b'old')
        tail = log.read_tail(str(self.path), 100, exclude=f'{self.path}.history')
        self.assertEqual(b'oldnew', tail.data)

    def test_only_file_may_be_left_out(self) -> None:
        files.make(self.path, b'history')
        self.assertEqual(
            log.Tail(b'', 0), log.read_tail(str(self.path), 100, exclude=str(self.path)))


def make_socket(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(name)


def link_to_terminal(name: str) -> None:
    os.symlink('/dev/tty', name)


def make_null_device(name: str) -> None:
    os.mknod(name, 0o666 | stat.S_IFCHR, os.stat('/dev/null').st_rdev)


class TestLinks(LogTestCase):
    """Files that stock Nova reads as well."""

    def test_log_that_is_linked_to_the_null_device_is_empty(self) -> None:
        self.path.symlink_to('/dev/null')
        self.assertTrue(log.is_discarded(str(self.path)))
        self.assertEqual(log.Tail(b'', 0), log.read_tail(str(self.path), 100))
        self.assertEqual([], self.open_files())

    def test_log_that_is_the_null_device_is_empty(self) -> None:
        try:
            make_null_device(str(self.path))
        except PermissionError:
            self.skipTest('this needs the right to make devices')
        self.assertTrue(log.is_discarded(str(self.path)))
        self.assertEqual(log.Tail(b'', 0), log.read_tail(str(self.path), 100))

    def test_older_files_of_a_log_linked_to_the_null_device_are_read(self) -> None:
        files.make(self.path, b'', b'new', b'old')
        self.path.unlink()
        self.path.symlink_to('/dev/null')
        self.assertEqual(log.Tail(b'oldnew', 0), log.read_tail(str(self.path), 100))

    def test_log_on_another_disk_is_read(self) -> None:
        files.make(self.path, b'', b'old')
        self.path.unlink()
        (self.directory / 'elsewhere').write_bytes(b'new')
        self.path.symlink_to('elsewhere')
        self.assertFalse(log.is_discarded(str(self.path)))
        self.assertEqual(log.Tail(b'oldnew', 0), log.read_tail(str(self.path), 100))

    def test_link_without_a_file_is_an_empty_log(self) -> None:
        self.path.symlink_to('gone')
        self.assertFalse(log.is_discarded(str(self.path)))
        self.assertEqual(log.Tail(b'', 0), log.read_tail(str(self.path), 100))


@ddt.ddt
class TestNotARegularFile(LogTestCase):
    @ddt.data(*itertools.product(
        (os.mkfifo, make_socket, link_to_terminal, os.mkdir), ('', '.0', '.3')))
    @ddt.unpack
    def test_read_raises_at_once_and_leaves_no_file_open(
            self, make: Callable[[str], None], suffix: str) -> None:
        files.make(self.path, b'new', b'old')
        name = f'{self.path}{suffix}'
        Path(name).unlink(missing_ok=True)
        make(name)
        with self.assert_raises(OSError) as caught:
            log.read_tail(str(self.path), 100)
        self.assertNotIsInstance(caught.exception, FileNotFoundError)
        self.assertEqual([], self.open_files())

    def test_reading_a_device_raises(self) -> None:
        with self.assert_raises(OSError, 'Not a regular file'):
            log.read_tail('/dev/zero', 100)
