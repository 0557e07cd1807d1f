# SPDX-License-Identifier: Apache-2.0
"""Calls of which each key may have so many in flight."""

from __future__ import annotations

import concurrent.futures
import threading
import time
from typing import Optional

from nova_ext.concurrency import background, limiter
from tests.fixtures import threads
from tests.unit import base


class TestCallLimiter(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.limiter = limiter.CallLimiter(2)
        self.released = threading.Event()
        self.addCleanup(self.released.set)

    def hang(self) -> None:
        self.released.wait(60)

    def fill(self, key: str) -> None:
        """Have as many calls hang as may be in flight."""
        for _ in range(2):
            with self.assert_raises(TimeoutError, 'no answer within 0.02 s'):
                self.limiter.call(key, 0.02, self.hang)

    def test_result_is_returned_and_error_is_raised(self) -> None:
        self.assertEqual(7, self.limiter.call('a', 5, lambda: 7))
        for error in (ValueError('no'), TimeoutError('its own')):
            def fail(error: Exception = error) -> None:
                raise error

            with self.assert_raises(type(error), str(error)):
                self.limiter.call('a', 5, fail)

    def test_result_at_the_last_moment_is_returned(self) -> None:
        """It comes after the wait has ended and before anybody asks whether it has come."""
        class Late(concurrent.futures.Future[int]):
            def result(self, timeout: Optional[float] = None) -> int:
                if not self.done():
                    self.set_result(7)
                    raise concurrent.futures.TimeoutError
                return super().result(timeout)

        self.patch(background, 'start', lambda name, function: Late())
        self.assertEqual(7, self.limiter.call('a', 5, lambda: 7))

    def test_call_that_hangs_is_given_up(self) -> None:
        began = time.monotonic()
        self.fill('a')
        self.assertLess(time.monotonic() - began, 5)

    def test_no_more_calls_are_made_than_the_limit(self) -> None:
        self.fill('a')
        calls: list[None] = []
        with self.assert_raises(TimeoutError, '2 earlier calls are still not answered'):
            self.limiter.call('a', 0.02, lambda: calls.append(None))
        self.assertEqual([], calls)

    def test_call_for_another_key_does_not_wait(self) -> None:
        self.fill('a')
        self.assertEqual(7, self.limiter.call('b', 5, lambda: 7))

    def test_calls_are_made_again_when_those_that_hung_have_come_back(self) -> None:
        self.fill('a')
        self.released.set()
        self.assertEqual(7, self.limiter.call('a', 5, lambda: 7))
        self.assert_eventually(lambda: not self.limiter._in_flight)

    def test_call_gives_its_place_back_when_no_thread_can_be_started(self) -> None:
        with threads.NoThreads():
            for _ in range(3):
                with self.assert_raises(background.NoThread):
                    self.limiter.call('a', 5, lambda: 7)
        self.assertEqual(7, self.limiter.call('a', 5, lambda: 7))

    def test_part_that_hangs_keeps_no_other_part_waiting(self) -> None:
        calls = limiter.CallLimiter(3, 2)
        for _ in range(2):
            with self.assert_raises(TimeoutError, 'no answer within 0.02 s'):
                calls.call('cell', 0.02, self.hang, 'host1')
        with self.assert_raises(TimeoutError, '2 earlier calls are still not answered'):
            calls.call('cell', 0.02, self.hang, 'host1')
        self.assertEqual(7, calls.call('cell', 5, lambda: 7, 'host2'))
        with self.assert_raises(TimeoutError, 'no answer within 0.02 s'):
            calls.call('cell', 0.02, self.hang, 'host2')
        with self.assert_raises(TimeoutError, '3 earlier calls are still not answered'):
            calls.call('cell', 0.02, self.hang, 'host2')
