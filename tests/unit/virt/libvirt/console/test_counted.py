# SPDX-License-Identifier: Apache-2.0
"""Logs that go from one host to another with their offsets."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import counted, history, index, offsets
from tests.fixtures import clock
from tests.unit.virt.libvirt.console import base, counted_hosts
from tests.unit.virt.libvirt.console import virtlogd_files as files


class MovesTestCase(base.ConsoleTestCase):
    """A guest that printed ``first,second,`` on the :attr:`source`; :attr:`dest` has no log."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(clock.Clock(history))
        self.source = counted_hosts.Host(self.directory / 'source', 1000, 3)
        self.dest = counted_hosts.Host(self.directory / 'dest', 1000, 3)
        self.source.start(first=True)
        self.source.write(b'first,second,')

    def read(self, host: counted_hosts.Host, start: int) -> tuple[Any, ...]:
        return tuple(offsets.read(host.path, start, 1000))


@ddt.ddt
class TestMoves(MovesTestCase):
    def test_newest_part_goes_with_its_offsets(self) -> None:
        sent = self.source.send(7)
        self.assertEqual((b'second,', [(6, 7), (13, 0)]), (sent.data, sent.spans))
        self.dest.write(b'third')
        self.dest.take(sent)
        self.assertEqual((b'second,third', 6, 18, 6), self.read(self.dest, 0))

    def test_offsets_go_on_where_only_the_end_of_the_log_arrives(self) -> None:
        sent = self.source.send(0)
        self.assertEqual((b'', [(13, 0)]), (sent.data, sent.spans))
        self.dest.take(sent)
        self.dest.write(b'third')
        self.assertEqual((b'third', 13, 18, 13), self.read(self.dest, 0))
        self.assertEqual(['console.log', 'console.log.index'], sorted(
            name.name for name in (self.directory / 'dest').iterdir()))

    def test_history_that_has_no_place_is_missing_and_nothing_else(self) -> None:
        dest = counted_hosts.Host(self.directory / 'small', 10, 0)
        dest.take(self.source.send(1000))
        dest.write(b'third')
        self.assertEqual((b'third', 14, 19, 14), self.read(dest, 5))

    def test_late_history_has_the_offsets_that_it_had(self) -> None:
        self.dest.start()
        self.dest.write(b'third')
        _, start, _, _ = self.read(self.dest, 0)
        self.dest.take(self.source.send(1000))
        self.assertEqual((b'first,second,', 0, 13, 0), self.read(self.dest, 0))
        self.assertEqual((b'third', start, start + 5, 0), self.read(self.dest, 13))

    def test_late_history_of_a_host_that_knows_no_offsets_gets_none(self) -> None:
        self.dest.start()
        self.dest.write(b'third')
        _, start, _, _ = self.read(self.dest, 0)
        self.dest.take(self.source.send(1000), counts=False)
        self.assertEqual((b'third', start, start + 5, start), self.read(self.dest, 0))
        self.assertEqual(b'first,second,third', files.read(self.dest.path))

    def test_history_whose_offsets_are_taken_gets_none(self) -> None:
        self.dest.start(first=True)
        self.dest.write(b'other')
        self.read(self.dest, 0)
        self.dest.take(self.source.send(1000))
        self.dest.write(b',more')
        self.assertEqual((b'other', 0, 5, 0), self.read(self.dest, 0))
        self.assertEqual((b',more', 13, 18, 0), self.read(self.dest, 5))

    @ddt.data(True, False)
    def test_what_was_printed_elsewhere_comes_back_behind_the_rest(self, whole: bool) -> None:
        self.dest.take(self.source.send(1000))
        self.dest.write(b'third,fourth,')
        sent = self.dest.send(1000 if whole else 7, back=True)
        counted.append(self.source.path, sent.data, sent.spans)
        self.source.write(b'fifth')
        if whole:
            self.assertEqual((b'first,second,third,fourth,fifth', 0, 31, 0),
                             self.read(self.source, 0))
        else:
            self.assertEqual((b'first,second,', 0, 13, 0), self.read(self.source, 0))
            self.assertEqual((b'fourth,fifth', 19, 31, 0), self.read(self.source, 13))

    @ddt.data(0, 1, 2)
    def test_what_was_printed_here_comes_back_alone_from_a_log_that_began_anew(
            self, again: int) -> None:
        self.dest.take(self.source.send(1000))
        self.dest.start_empty()
        self.dest.write(b'third,')
        for _ in range(again):
            self.dest.start_empty()
        self.dest.write(b'fourth,')
        self.assertEqual((b'first,second,third,fourth,', 0, 26, 0), self.read(self.dest, 0))
        sent = self.dest.send(1000, back=True)
        counted.append(self.source.path, sent.data, sent.spans)
        self.assertEqual((b'first,second,third,fourth,', 0, 26, 0), self.read(self.source, 0))
        self.assertEqual(b'first,second,third,fourth,', files.read(self.source.path))

    def test_log_that_begins_anew_leaves_out_what_came_if_there_is_newer_text_enough(self) -> None:
        self.dest.take(self.source.send(1000))
        self.dest.write(b'third,fourth,')
        self.dest.start_anew(13)
        self.assertEqual((b'third,fourth,', 13, 26, 13), self.read(self.dest, 0))

    def test_uncounted_text_comes_back_with_the_next_offsets(self) -> None:
        counted.append(self.source.path, b'third', [])
        self.assertEqual((b'first,second,third', 0, 18, 0), self.read(self.source, 0))

    def test_log_that_begins_anew_keeps_the_offsets_of_what_is_kept(self) -> None:
        self.source.start_anew(7)
        self.source.write(b'third')
        self.assertEqual((b'second,third', 6, 18, 6), self.read(self.source, 0))

    def test_log_that_virtlogd_empties_keeps_its_newest_part_with_its_offsets(self) -> None:
        self.source.start_empty()
        self.source.write(b'third')
        self.assertEqual((b'first,second,third', 0, 18, 0), self.read(self.source, 0))

    def test_text_that_has_gone_after_a_start_leaves_an_offset_out(self) -> None:
        dest = counted_hosts.Host(self.directory / 'small', 5, 1)
        dest.take(self.source.send(1000))
        dest.start_empty()
        dest.write(b'third,lost,fifth,')
        self.assertEqual((b'first,second,', 0, 13, 0), self.read(dest, 0))
        self.assertEqual((b',fifth,', 14, 21, 0), self.read(dest, 13))

    def test_log_of_which_all_is_gone_goes_on_with_the_next_offset(self) -> None:
        self.source.start_anew(0)
        self.source.write(b'third')
        self.assertEqual((b'third', 13, 18, 13), self.read(self.source, 0))

    def test_log_that_is_removed_or_set_aside_leaves_no_offsets(self) -> None:
        for aside in (True, False):
            self.source.start()
            if aside:
                history.set_aside(self.source.path)
            else:
                self.source.remove()
            self.assertIsNone(index.load(self.source.path))


@ddt.ddt
class TestSpans(base.ConsoleTestCase):
    @ddt.data(
        (12, [(0, 5), (9, 7), (16, 0)]), (7, [(9, 7), (16, 0)]), (3, [(13, 3), (16, 0)]),
        (9, [(3, 2), (9, 7), (16, 0)]), (0, [(16, 0)]))
    @ddt.unpack
    def test_spans_of_the_newest_bytes_are_cut_where_these_are(
            self, length: int, expected: list[tuple[int, int]]) -> None:
        spans = [console_history.Span(*span) for span in ((0, 5), (9, 7), (16, 0))]
        self.assertEqual(expected, console_history.newest(spans, 12, length))

    def test_spans_that_are_not_those_of_all_bytes_are_none(self) -> None:
        self.assertEqual([], console_history.newest([console_history.Span(0, 5)], 6, 6))

    @ddt.data([], [[-1, 500], [0, 100]], [[0, 5], [-1, 9], [5, 2], [-1, 1], [7, 0]])
    def test_bytes_without_offsets_may_stand_anywhere(self, spans: list[list[int]]) -> None:
        piece = console_history.Piece('8f1d4d9e-4d0c-44b2-9d43-4f4e5a4a3a10', 0, 1, b'x',
                             tuple(console_history.Span(*span) for span in spans))
        self.assertEqual(piece, console_history.decode(
            **console_history.encode(piece), spans=console_history.encode_spans(piece)))

    @ddt.data([[0]], [[0, 5, 1]], [['a', 1]], [[0, -1]], [[-2, 5]], [[0, 5], [4, 2]],
              [[2 ** 53, 1]], [None], [5], [[float('inf'), 1]], [[-1, -5]])
    def test_spans_that_cannot_be_are_refused(self, spans: list[list[int]]) -> None:
        with self.assert_raises(ValueError):
            console_history.decode(**console_history.encode(console_history.Piece(
                '8f1d4d9e-4d0c-44b2-9d43-4f4e5a4a3a10', 0, 1, b'x')), spans=spans)

    def test_more_spans_than_are_ever_sent_are_refused(self) -> None:
        with self.assert_raises(ValueError, '1001 spans'):
            console_history.decode(**console_history.encode(console_history.Piece(
                '8f1d4d9e-4d0c-44b2-9d43-4f4e5a4a3a10', 0, 1, b'x')),
                spans=[[number, 1] for number in range(1001)])
