# SPDX-License-Identifier: Apache-2.0
"""The reader against files that lie still, and against files that are moved under its hands."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.virt.libvirt.console import log
from tests.unit.virt.libvirt.console import virtlogd_files as files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'console.log'


def descriptors() -> int:
    return len(os.listdir('/proc/self/fd'))


class TestFilesThatLieStill:
    @given(st.lists(st.binary(max_size=40), min_size=1, max_size=12), st.integers(0, 300))
    def test_it_reads_the_end_of_all_of_them(self, contents: list[bytes], limit: int) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'console.log')
            whole = files.make(path, *contents)
            tail = log.read_tail(str(path), limit)
        assert tail.data == whole[max(0, len(whole) - limit):]
        assert tail.older == len(whole) - len(tail.data)

    def test_the_tenth_file_is_older_than_the_second(self, path: Path) -> None:
        files.make(path, *(b'%d,' % number for number in range(12)))
        assert log.read_tail(str(path), 100).data == b'11,10,9,8,7,6,5,4,3,2,1,0,'

    def test_every_file_is_read_though_one_between_is_missing(self, path: Path) -> None:
        files.make(path, b'c', b'b', b'', b'a')
        Path(f'{path}.1').unlink()
        assert log.read_tail(str(path), 100) == log.Tail(b'abc', 0)

    def test_without_its_newest_file_the_older_ones_are_read(self, path: Path) -> None:
        files.make(path, b'', b'new', b'old')
        path.unlink()
        assert log.read_tail(str(path), 4) == log.Tail(b'dnew', 2)

    def test_a_log_that_is_not_there_is_empty(self, path: Path) -> None:
        assert log.read_tail(str(path), 100) == log.Tail(b'', 0)

    def test_a_directory_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            log.read_tail(str(tmp_path / 'gone/console.log'), 100)

    @pytest.mark.parametrize('name', [
        'console.log.gz', 'console.log.0.gz', 'console.log.x', 'console.log.00000',
        'console.log.-1', 'consoleXlog.0', 'xconsole.log.0', 'console.log.history'])
    def test_files_beside_it_are_not_taken_for_it(self, name: str, path: Path) -> None:
        path.write_bytes(b'mine')
        (path.parent / name).write_bytes(b'not mine')
        assert log.read_tail(str(path), 100) == log.Tail(b'mine', 0)

    def test_a_file_with_two_names_is_read_once(self, path: Path) -> None:
        files.make(path, b'new', b'old')
        os.link(f'{path}.0', f'{path}.1')
        assert log.read_tail(str(path), 100) == log.Tail(b'oldnew', 0)

    def test_it_leaves_no_descriptor_open(self, path: Path) -> None:
        files.make(path, b'c', b'b', b'a')
        before = descriptors()
        for _ in range(5):
            log.read_tail(str(path), 2)
        assert descriptors() == before


class TestWithout:
    def test_a_file_is_left_out_under_any_name(self, path: Path) -> None:
        files.make(path, b'new', b'history', b'old')
        marker = Path(f'{path}.history')
        os.link(f'{path}.0', marker)
        assert log.read_tail(str(path), 100, without=str(marker)) == log.Tail(b'oldnew', 0)
        os.rename(f'{path}.0', f'{path}.7')
        assert log.read_tail(str(path), 100, without=str(marker)) == log.Tail(b'oldnew', 0)

    def test_it_does_not_count_against_the_limit_or_as_older(self, path: Path) -> None:
        files.make(path, b'new', b'history', b'old')
        left_out = log.read_tail(str(path), 5, without=f'{path}.0')
        assert left_out == log.Tail(b'ldnew', 1)

    def test_a_name_without_a_file_leaves_nothing_out(self, path: Path) -> None:
        files.make(path, b'new', b'old')
        assert log.read_tail(str(path), 100, without=f'{path}.history').data == b'oldnew'

    def test_it_may_be_the_only_file(self, path: Path) -> None:
        files.make(path, b'history')
        assert log.read_tail(str(path), 100, without=str(path)) == log.Tail(b'', 0)


def put_fifo(name: str) -> None:
    os.mkfifo(name)


def put_socket(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(name)


def put_link(name: str) -> None:
    target = f'{os.path.dirname(name)}/secret'
    Path(target).write_bytes(b'secret')
    os.symlink(target, name)


class TestWhatIsNoFile:
    @pytest.mark.parametrize('suffix', ['', '.0', '.3'])
    @pytest.mark.parametrize('put', [put_fifo, put_socket, put_link, os.mkdir])
    def test_it_is_refused_at_once_and_nothing_stays_open(
            self, put: Any, suffix: str, path: Path) -> None:
        files.make(path, b'new', b'old')
        name = f'{path}{suffix}'
        Path(name).unlink(missing_ok=True)
        put(name)
        before = descriptors()
        with pytest.raises(OSError) as caught:
            log.read_tail(str(path), 100)
        assert not isinstance(caught.value, FileNotFoundError)
        assert descriptors() == before

    def test_a_device_is_refused(self) -> None:
        with pytest.raises(OSError, match='Not a regular file'):
            log.read_tail('/dev/null', 100)


class Interleaved:
    """Runs virtlogd between the system calls of ours, as told."""

    def __init__(self, patch: pytest.MonkeyPatch, virtlogd: files.Virtlogd,
                 schedule: list[int]) -> None:
        self.virtlogd = virtlogd
        self._schedule = iter(schedule)
        for name in ('_open', '_identity_of', 'numbers'):
            patch.setattr(log, name, self._between(getattr(log, name)))

    def _between(self, function: Any) -> Any:
        def interleaved(*arguments: Any) -> Any:
            self.virtlogd.step(next(self._schedule, 0))
            return function(*arguments)

        return interleaved


class TestFilesThatAreMoved:
    @given(
        st.lists(st.integers(0, 12), max_size=40), st.integers(0, 80), st.integers(1, 5),
        st.sampled_from([11, 12, 30]))
    def test_none_is_lost_and_none_is_doubled_whenever_they_are_moved(
            self, schedule: list[int], before: int, backups: int, max_size: int) -> None:
        with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
            virtlogd = files.Virtlogd(Path(directory, 'console.log'), max_size, backups)
            virtlogd.step(1 + before)
            written = virtlogd.bytes
            Interleaved(patch, virtlogd, schedule)
            tail = log.read_tail(virtlogd.path, 10_000)
        files.assert_contiguous(tail.data, written)
        assert len(tail.data) >= min(written, backups * max_size)

    def test_while_a_thread_moves_them_thousands_of_reads_are_whole(self, path: Path) -> None:
        virtlogd = files.Virtlogd(path, 500, 3)
        virtlogd.write(300)
        with virtlogd.running():
            for number in range(3000):
                limit = (200, 999, 1500)[number % 3]
                written = virtlogd.bytes
                tail = log.read_tail(str(path), limit)
                assert len(tail.data) == limit
                files.assert_contiguous(tail.data, written)
        assert virtlogd.written > 3000

    def test_a_file_made_anew_while_it_is_read_cannot_pass_for_the_old_one(
            self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A file system gives the number of a deleted file to the next, unless it is open."""
        path.write_bytes(b'old')
        ask, numbers = log._identity_of, [path.stat().st_ino]

        def make_anew(name: str) -> Any:
            if len(numbers) == 1:
                path.unlink()
                path.write_bytes(b'new')
                numbers.append(path.stat().st_ino)
            return ask(name)

        monkeypatch.setattr(log, '_identity_of', make_anew)
        assert log.read_tail(str(path), 100).data in (b'oldnew', b'new')
        assert numbers[0] != numbers[1]

    def test_the_oldest_is_found_where_it_has_just_been_moved_to(
            self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files.make(path, b'c', b'b', b'a')
        opened = log._open

        def move_before(name: str) -> int:
            if name == f'{path}.1' and os.path.exists(name):
                os.rename(name, f'{path}.2')
            return opened(name)

        monkeypatch.setattr(log, '_open', move_before)
        assert log.read_tail(str(path), 100) == log.Tail(b'abc', 0)

    def test_one_that_is_always_moved_is_read_as_it_is_in_the_end(
            self, path: Path) -> None:
        virtlogd = files.Virtlogd(path, 22, 3)
        virtlogd.write(20)
        with pytest.MonkeyPatch.context() as patch:
            Interleaved(patch, virtlogd, [12] * 1000)
            tail = log.read_tail(str(path), 1000)
        assert files.lines(tail.data)
