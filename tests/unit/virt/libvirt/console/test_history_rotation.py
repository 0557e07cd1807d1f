# SPDX-License-Identifier: Apache-2.0
"""Putting a history behind a log while virtlogd rotates it."""

from __future__ import annotations

import os
import types
from collections.abc import Callable
from pathlib import Path

import fixtures
import hypothesis
from hypothesis import strategies

from nova_ext.virt.libvirt.console import history, log
from tests.unit.virt.libvirt.console import base
from tests.unit.virt.libvirt.console import virtlogd_files as files

HISTORY = b'from another host\n'

#: What asks the file system while a history is inserted into a log, or changes it.
CALLS = ((os, 'link'), (os, 'unlink'), (log, 'numbers'))

MAX_SIZE = 40
BACKUPS = 6


class TestInsertAsOldestDuringRotation(base.ConsoleTestCase):
    def on_wait(self, action: Callable[[], None]) -> fixtures.MockPatchObject:
        """Return a fixture that does something whenever the code waits for virtlogd."""
        return fixtures.MockPatchObject(
            history, 'time', types.SimpleNamespace(sleep=lambda _: action()))

    @hypothesis.given(
        strategies.lists(strategies.integers(0, 12), max_size=30), strategies.integers(0, 80))
    def test_history_stays_the_oldest_whenever_files_are_moved(
            self, schedule: list[int], before: int) -> None:
        virtlogd = files.Virtlogd(self.make_directory() / 'console.log', MAX_SIZE, BACKUPS)
        virtlogd.step(before)
        with (files.Interleaved(virtlogd, schedule, *CALLS),
              self.on_wait(virtlogd.settle)):
            kept = history.insert_as_oldest(virtlogd.path, HISTORY, BACKUPS)
        virtlogd.settle()
        printed = virtlogd.bytes
        data = files.read(virtlogd.path)
        if printed <= MAX_SIZE * (BACKUPS - 1) and kept:
            self.assertEqual(HISTORY + files.text(0, printed), data)
        elif kept and HISTORY in data:
            self.assertTrue(data.startswith(HISTORY))
            self.assert_contiguous(data[len(HISTORY):], printed)
        else:
            self.assert_contiguous(data, printed)

    def test_nothing_is_lost_while_a_thread_writes(self) -> None:
        for number in range(12):
            path = self.make_directory() / 'console.log'
            virtlogd = files.Virtlogd(path, 10_000, 1000)
            virtlogd.write(number * 150)
            with virtlogd.running():
                kept = history.insert_as_oldest(str(path), HISTORY, 1000)
            self.assertTrue(kept)
            data = files.read(path)
            self.assertTrue(data.startswith(HISTORY))
            self.assertEqual(files.text(0, virtlogd.bytes), data[len(HISTORY):])

    def test_history_is_given_up_when_its_place_is_always_taken(self) -> None:
        path = self.directory / 'console.log'
        marker = Path(history.marker(str(path)))
        taken = []

        def take() -> None:
            """Move another file to the history's place, as virtlogd may."""
            for number in log.numbers(str(path)):
                name = Path(f'{path}.{number}')
                if name.samefile(marker):
                    other = self.directory / 'other'
                    other.write_bytes(b'printed here')
                    os.rename(other, name)
                    taken.append(number)

        with self.on_wait(take):
            self.assertIs(False, history.insert_as_oldest(str(path), HISTORY, 100))
        self.assertEqual(list(range(history._ATTEMPTS)), taken)
        self.assertFalse(marker.exists())
        self.assertNotIn(HISTORY, files.read(path))
