# SPDX-License-Identifier: Apache-2.0
"""Following a console log, whatever becomes of it and of the API."""

from __future__ import annotations

import time
import types
from collections.abc import Callable
from typing import Any, Optional

import ddt
import hypothesis
from hypothesis import strategies

from nova_ext.cli import exceptions, following
from tests.unit import base


class Log:
    """A server's console log, and the API that reads it."""

    def __init__(self, text: str = '') -> None:
        self.text = text
        #: The offset of the first byte that is kept.
        self.oldest = 0
        #: What happens at each wait, one after the other; the end of it ends the test.
        self.events: list[Callable[[], Any]] = []
        #: What requests fail with.
        self.error: Optional[exceptions.ClientError] = None
        self.deleted = False
        self.waits: list[float] = []
        self.requests: list[tuple[int, int]] = []
        self.written = ''
        self.told: list[str] = []
        #: Bytes of an answer at most.
        self.page = 1 << 30
        self.hole = 1 << 30  # the offset of a byte that is missing

    def ask(self, start: int, limit: int) -> dict[str, Any]:
        self.requests.append((start, limit))
        if self.error is not None:
            raise self.error
        end = len(self.text)
        start = min(end, max(self.oldest, start if start >= 0 else end + start))
        start += start == self.hole
        stop = start + min(limit, self.page)
        text = self.text[start:min(stop, self.hole) if start < self.hole else stop]
        return {'text': text, 'start': start, 'next': start + len(text), 'oldest': self.oldest}

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        if self.events:
            self.events.pop(0)()
            return True
        return False

    def append(self, text: str) -> None:
        self.text += text

    def write(self, text: str) -> None:
        self.written += text

    def follow(self, lines: int = 10) -> str:
        following.Follower(
            self.ask, lambda: self.deleted, self.write, self.told.append, self.wait).run(lines)
        return self.written


@ddt.ddt
class TestLastLines(base.TestCase):
    @ddt.data((0, ''), (1, 'three\n'), (2, 'two\nthree\n'), (3, 'one\ntwo\nthree\n'),
              (9, 'one\ntwo\nthree\n'))
    @ddt.unpack
    def test_as_many_lines_as_wanted_are_printed_first(self, lines: int, expected: str) -> None:
        self.assertEqual(expected, Log('one\ntwo\nthree\n').follow(lines))

    def test_line_that_is_not_whole_yet_is_one(self) -> None:
        log = Log('one\ntwo\nlogin: ')
        log.events = [lambda: log.append('root\n')]
        self.assertEqual('two\nlogin: root\n', log.follow(2))

    @ddt.data(5, 3_000, 30_000)
    def test_more_lines_than_one_answer_has_are_searched(self, lines: int) -> None:
        log = Log(''.join(f'{number:06d} {"x" * 60}\n' for number in range(40_000)))
        self.assertTrue(log.follow(lines) == log.text[-68 * lines:], 'wrong lines')

    def test_guest_that_prints_all_the_time_is_not_waited_for(self) -> None:
        log = Log(''.join(f'{number:06d} {"x" * 60}\n' for number in range(40_000)))
        ask = log.ask

        def ask_and_print(start: int, limit: int) -> dict[str, Any]:
            if len(log.requests) > 50:
                self.fail('nothing is printed')
            log.append('more\n')
            return ask(start, limit)

        log.ask = ask_and_print  # type: ignore[method-assign]
        self.assertEqual(30_000, log.follow(30_000).count('\n'))

    @ddt.data(3, 100, 2000, 20_000)
    def test_last_lines_are_those_behind_what_is_missing(self, hole: int) -> None:
        log = Log(''.join(f'{number:06d} {"x" * 60}\n' for number in range(1000)))
        log.hole = hole
        self.assertEqual(log.text[-680:], log.follow(10))
        self.assertEqual([], log.told)

    def test_empty_log_is_followed(self) -> None:
        log = Log()
        log.events = [lambda: log.append('first')]
        self.assertEqual('first', log.follow())


@ddt.ddt
class TestFollower(base.TestCase):
    @hypothesis.given(
        strategies.lists(strategies.text('ab\n', max_size=30), max_size=12),
        strategies.integers(1, 7))
    def test_everything_is_printed_once(self, texts: list[str], page: int) -> None:
        log = Log('before\n')
        log.page = page
        log.events = [lambda text=text: log.append(text) for text in texts]  # type: ignore[misc]
        log.events += [lambda: None] * len(texts) * 30
        self.assertEqual(''.join(texts), log.follow(0))
        self.assertEqual([], log.told)

    def test_person_is_told_what_is_not_kept_any_more(self) -> None:
        log = Log()

        def drop() -> None:
            log.append('droppedkept')
            log.oldest = 7

        log.events = [drop]
        self.assertEqual('kept', log.follow(0))
        self.assertIn('no longer available', log.told[0])

    def test_pauses_grow_while_nothing_is_printed(self) -> None:
        log = Log()
        log.events = [*[lambda: None] * 9, lambda: log.append('new'), lambda: None]
        log.follow()
        self.assertEqual([1.0, 1.5, 2.25, 3.375, 5.0, 5.0], log.waits[:6])
        self.assertEqual([1.0], log.waits[-2:-1])

    @ddt.data(404, 409, 503)
    def test_log_that_is_on_its_way_is_waited_for(self, status: int) -> None:
        log = Log('before\n')
        refused = exceptions.Refused(status, 'The log is on its way.')

        def leave() -> None:
            log.error = refused

        def arrive() -> None:
            log.error = None
            log.append('after\n')

        log.events = [leave, lambda: None, lambda: None, arrive]
        self.assertEqual('before\nafter\n', log.follow())
        self.assertEqual([f'The log is on its way. (HTTP {status}) Waiting for it.'], log.told)

    @ddt.data((True, 900), (False, 60))
    @ddt.unpack
    def test_waiting_has_an_end(self, followed: bool, patience: float) -> None:
        log = Log('before\n')
        now = [0.0]
        self.patch(following, 'time', types.SimpleNamespace(monotonic=lambda: 1 + now[0]))
        error = exceptions.Refused(503, 'The host is down.')

        def wait(seconds: float) -> bool:
            log.error = error
            now[0] += seconds
            return True

        if not followed:
            log.error = error
        log.wait = wait  # type: ignore[method-assign]
        with self.assert_raises(exceptions.Refused, 'The host is down'):
            log.follow()
        self.assertAlmostEqual(patience, now[0], delta=12)
        self.assertEqual(1, len(log.told))

    @ddt.data(exceptions.Refused(403, 'no'), exceptions.Refused(400, 'no'),
              exceptions.NotServed('no'))
    def test_error_that_stays_is_raised_at_once(self, error: exceptions.ClientError) -> None:
        log = Log()
        log.error = error
        began = time.monotonic()
        with self.assert_raises(exceptions.ClientError, 'no'):
            log.follow()
        self.assertLess(time.monotonic() - began, 1)

    def test_deleted_server_is_the_end_and_said_in_one_sentence(self) -> None:
        log = Log('last words')

        def delete() -> None:
            log.deleted = True
            log.error = exceptions.Refused(404, 'Instance could not be found.')

        log.events = [delete, lambda: None]
        self.assertEqual('last words', log.follow())
        self.assertEqual(['The server has been deleted.'], log.told)
