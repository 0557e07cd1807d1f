# SPDX-License-Identifier: Apache-2.0
"""What is done to a log too late changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ddt

from nova_ext import exception
from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import counted, deadlines, history, index, log, offsets
from tests.fixtures import clock
from tests.unit import base

SPANS = [console_history.Span(100, 5), console_history.Span(105, 0)]
END = [console_history.Span(105, 0)]


def insert(path: str, deadline: float) -> None:
    counted.insert_as_oldest(path, b'there', 3, SPANS, deadline)


def append(path: str, deadline: float) -> None:
    counted.append(path, b'there', SPANS, deadline)


def note_end_before(path: str, deadline: float) -> None:
    counted.insert_as_oldest(path, b'', 3, END, deadline)


def note_end_behind(path: str, deadline: float) -> None:
    counted.append(path, b'', END, deadline)


def read(path: str, deadline: float) -> None:
    counted.read(path, 100, deadline=deadline)


@ddt.ddt
class TestTooLate(base.TestCase):
    """A log whose guest has printed ``here``. There is a second left, by a clock that stands."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(deadlines))
        self.directory = self.make_directory()
        self.path = str(self.directory / 'console.log')
        offsets.begin(self.path, first=True)
        Path(self.path).write_bytes(b'here')
        offsets.note(self.path)

    def contents(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.directory.iterdir()}

    def late(self, module: Any, name: str) -> None:
        """Have a function take longer than there is time."""
        function = getattr(module, name)

        def take_long(*arguments: Any, **options: Any) -> Any:
            self.clock.now += 2
            return function(*arguments, **options)

        self.patch(module, name, take_long)

    def assert_nothing_done(self, change: Callable[[str, float], None]) -> None:
        before = self.contents()
        with self.assert_raises(exception.NotResponding, 'nobody waits any more'):
            change(self.path, self.clock.now + 1)
        self.assertEqual(before, self.contents())

    @ddt.data(insert, append, note_end_before, note_end_behind, read)
    def test_nothing_is_done_if_the_first_look_takes_long(self, change: Any) -> None:
        self.late(offsets, 'locked')
        self.assert_nothing_done(change)

    @ddt.data(
        (insert, history, 'write'), (append, log, 'is_discarded'),
        (note_end_before, index, 'load'), (note_end_behind, log, 'is_discarded'),
        (read, log, 'opened_in_order'))
    @ddt.unpack
    def test_nothing_is_done_if_a_later_one_does(
            self, change: Any, module: Any, name: str) -> None:
        self.late(module, name)
        self.assert_nothing_done(change)

    def test_mark_of_an_earlier_history_stays(self) -> None:
        Path(history.marker(self.path)).write_bytes(b'came before')
        self.late(offsets, 'locked')
        self.assert_nothing_done(insert)

    @ddt.data(append, read)
    def test_log_that_has_gone_or_is_not_counted_stays_so(self, change: Any) -> None:
        index.remove(self.path)
        if change is append:
            Path(self.path).unlink()
        self.late(offsets, 'locked')
        self.assert_nothing_done(change)

    def test_what_is_in_time_is_done(self) -> None:
        insert(self.path, self.clock.now + 1)
        append(self.path, self.clock.now + 1)
        self.assertEqual(b'there', Path(f'{self.path}.0').read_bytes())
        self.assertEqual(b'herethere', Path(self.path).read_bytes())

    def test_offsets_of_what_was_put_in_time_are_noted_however_late(self) -> None:
        self.late(log, 'opened_in_order')
        counted.insert_as_oldest(self.path, b'there', 3, SPANS, self.clock.now + 1)
        self.assertEqual(b'there', Path(f'{self.path}.0').read_bytes())
        found = index.load(self.path)
        assert found is not None
        self.assertEqual(105, found.end)
