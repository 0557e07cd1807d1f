# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import errno
import os
import resource
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_ext.virt.libvirt.console import history, log
from tests.unit.virt.libvirt.console import virtlogd_files as files

HISTORY = b'from another host\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'console.log'


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody moves the files meanwhile, so that nobody has to be waited for."""
    monkeypatch.setattr(history, '_MOVED', 0)


def names(path: Path) -> set[str]:
    return {name.name for name in path.parent.iterdir()}


@pytest.mark.usefixtures('at_once')
class TestPutBehind:
    @given(st.lists(st.binary(max_size=20), max_size=4), st.binary(max_size=20),
           st.integers(0, 5))
    def test_it_is_the_oldest_file_if_there_is_room(
            self, contents: list[bytes], data: bytes, backups: int) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, 'console.log')
            whole = files.make(path, *contents)
            room = max(0, len(contents) - 1) < backups
            assert history.put_behind(str(path), data, backups) is room
            assert files.read(path) == (data + whole if room else whole)

    def test_it_needs_no_log_before_it(self, path: Path) -> None:
        assert history.put_behind(str(path), HISTORY, 3) is True
        assert names(path) == {'console.log.0', 'console.log.history'}
        path.write_bytes(b'new')
        assert files.read(path) == HISTORY + b'new'

    def test_without_room_nothing_is_left_of_it(self, path: Path) -> None:
        files.make(path, b'd', b'c', b'b', b'a')
        before = names(path)
        assert history.put_behind(str(path), HISTORY, 3) is False
        assert names(path) == before

    def test_its_file_is_readable_by_its_owner_alone(self, path: Path) -> None:
        before = os.umask(0)
        try:
            history.put_behind(str(path), HISTORY, 3)
        finally:
            os.umask(before)
        known = Path(f'{path}.0').stat()
        assert (stat.S_IMODE(known.st_mode), known.st_uid) == (0o600, os.geteuid())

    def test_the_marker_tells_it_from_what_was_printed_here(self, path: Path) -> None:
        virtlogd = files.Virtlogd(path, 100, 3)
        virtlogd.step()
        assert history.put_behind(str(path), HISTORY, 3)
        virtlogd.write(20)
        assert not Path(f'{path}.0').samefile(history.marker(str(path)))
        tail = log.read_tail(str(path), 1000, without=history.marker(str(path)))
        assert tail.data == files.text(0, virtlogd.bytes)
        assert files.read(path) == HISTORY + tail.data

    def test_it_is_rotated_out_in_time(self, path: Path) -> None:
        virtlogd = files.Virtlogd(path, 100, 2)
        assert history.put_behind(str(path), HISTORY, 2)
        virtlogd.write(50)
        files.assert_contiguous(files.read(path), virtlogd.bytes)

    def test_a_second_history_goes_behind_the_first(self, path: Path) -> None:
        path.write_bytes(b'new')
        assert history.put_behind(str(path), b'older,', 3)
        assert history.put_behind(str(path), b'oldest,', 3)
        assert files.read(path) == b'oldest,older,new'
        assert Path(f'{path}.1').samefile(history.marker(str(path)))

    def test_a_directory_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            history.put_behind(str(tmp_path / 'gone/console.log'), HISTORY, 3)

    def test_a_marker_that_is_a_link_to_elsewhere_is_replaced_not_followed(
            self, path: Path, tmp_path: Path) -> None:
        secret = tmp_path / 'secret'
        secret.write_bytes(b'secret')
        os.symlink(secret, history.marker(str(path)))
        assert history.put_behind(str(path), HISTORY, 3)
        assert secret.read_bytes() == b'secret'
        assert files.read(path) == HISTORY

    @pytest.mark.parametrize('size', [10_001, 1_000_000])
    def test_what_cannot_be_written_leaves_nothing_behind(self, size: int, path: Path) -> None:
        path.write_bytes(b'new')
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            with pytest.raises(OSError, match='File too large'):
                history.put_behind(str(path), b'x' * size, 3)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert names(path) == {'console.log'}

    def test_what_cannot_be_given_a_second_name_leaves_nothing_behind(
            self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: Any) -> None:
            raise PermissionError(errno.EPERM, 'Operation not permitted')

        monkeypatch.setattr(os, 'link', refuse)
        with pytest.raises(PermissionError):
            history.put_behind(str(path), HISTORY, 3)
        assert names(path) == set()


class TestPutBehindFilesThatAreMoved:
    @given(st.lists(st.integers(0, 12), max_size=30), st.integers(0, 80))
    def test_it_stays_the_oldest_whenever_they_are_moved(
            self, schedule: list[int], before: int) -> None:
        backups, steps = 6, iter(schedule)
        with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
            virtlogd = files.Virtlogd(Path(directory, 'console.log'), 40, backups)
            virtlogd.step(before)

            def between(function: Any) -> Any:
                def interleaved(*arguments: Any) -> Any:
                    virtlogd.step(next(steps, 0))
                    return function(*arguments)
                return interleaved

            for name in ('link', 'unlink'):
                patch.setattr(os, name, between(getattr(os, name)))
            patch.setattr(log, 'numbers', between(log.numbers))
            # Files are moved within the time that it waits for that.
            patch.setattr(time, 'sleep', lambda _: virtlogd.settle())
            kept = history.put_behind(virtlogd.path, HISTORY, backups)
            patch.undo()
            virtlogd.settle()
            printed = virtlogd.bytes
            data = files.read(virtlogd.path)
        if printed <= 40 * (backups - 1) and kept:
            assert data == HISTORY + files.text(0, printed)
        elif kept and HISTORY in data:
            files.assert_contiguous(data[data.index(HISTORY) + len(HISTORY):], printed)
            assert data.startswith(HISTORY)
        else:
            files.assert_contiguous(data, printed)

    def test_a_thread_that_moves_them_neither_loses_it_nor_anything_else(
            self, tmp_path: Path) -> None:
        for number in range(12):
            path = tmp_path / str(number) / 'console.log'
            path.parent.mkdir()
            virtlogd = files.Virtlogd(path, 10_000, 1000)
            virtlogd.write(number * 150)
            with virtlogd.running():
                kept = history.put_behind(str(path), HISTORY, 1000)
            assert kept
            data = files.read(path)
            assert data.startswith(HISTORY)
            assert data[len(HISTORY):] == files.text(0, virtlogd.bytes)

    def test_a_place_that_is_always_taken_is_given_up(
            self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def take(_: float) -> None:
            """Move another file onto the place, as virtlogd may."""
            for number in log.numbers(str(path)):
                name = Path(f'{path}.{number}')
                if name.samefile(history.marker(str(path))):
                    other = path.parent / 'other'
                    other.write_bytes(b'printed here')
                    os.rename(other, name)

        monkeypatch.setattr(time, 'sleep', take)
        assert history.put_behind(str(path), HISTORY, 100) is False
        assert not Path(history.marker(str(path))).exists()
        assert HISTORY not in files.read(path)


class TestAppend:
    def test_it_goes_on_where_the_log_ended(self, path: Path) -> None:
        path.write_bytes(b'before,')
        history.append(str(path), b'after')
        assert path.read_bytes() == b'before,after'

    def test_a_log_that_is_not_there_is_made_for_its_owner_alone(self, path: Path) -> None:
        history.append(str(path), b'first')
        assert path.read_bytes() == b'first'
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_link_is_not_followed(self, path: Path, tmp_path: Path) -> None:
        secret = tmp_path / 'secret'
        secret.write_bytes(b'secret')
        os.symlink(secret, path)
        with pytest.raises(OSError):
            history.append(str(path), b'overwritten')
        assert secret.read_bytes() == b'secret'


class TestRemove:
    def test_every_file_of_the_log_goes_and_none_beside_it(self, path: Path) -> None:
        files.make(path, *(b'%d' % number for number in range(12)))
        Path(history.marker(str(path))).write_bytes(b'')
        (path.parent / 'console.log2').write_bytes(b'')
        history.remove(str(path))
        assert names(path) == {'console.log2'}

    def test_a_log_that_is_not_there_need_not_be_removed(self, path: Path) -> None:
        history.remove(str(path))
        assert names(path) == set()

    def test_what_cannot_be_removed_is_an_error(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(OSError):
            history.remove(str(path))
