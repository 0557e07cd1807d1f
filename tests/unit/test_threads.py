# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import logging
import threading
import time
import uuid

import ddt
import fixtures

from nova_ext import exception, threads
from tests.unit import base


@ddt.ddt
class TestEvery(base.TestCase):
    """What is called appends to :attr:`calls`, in a thread that no other test has."""

    def setUp(self) -> None:
        super().setUp()
        self.name = f'test-{uuid.uuid4()}'
        self.calls: list[None] = []
        #: So many of the first calls fail.
        self.failures = 1
        self.error: Exception = ValueError('not yet')

    def start(self, interval: float) -> threads.Every:
        every = threads.Every(self.name, interval, self.call)
        self.addCleanup(every.stop)
        every.start()
        return every

    def call(self) -> None:
        self.calls.append(None)
        if len(self.calls) <= self.failures:
            raise self.error

    def assert_thread_ends(self) -> None:
        self.assert_eventually(lambda: self.count_threads() == 0)

    def count_threads(self) -> int:
        return [thread.name for thread in threading.enumerate()].count(f'nova-ext-{self.name}')

    def test_function_is_called_again_after_a_failure_until_it_is_stopped(self) -> None:
        every = self.start(0.01)
        self.assert_eventually(lambda: len(self.calls) > 2)
        every.stop()
        self.assert_thread_ends()
        [error] = self.logs.messages(logging.ERROR)
        self.assertEqual(f'Periodic task {self.name} failed, next attempt in 0.01 s: '
                         'ValueError: not yet', error)

    def test_start_and_stop_may_be_called_twice(self) -> None:
        every = self.start(0.01)
        every.start()
        self.assertEqual(1, self.count_threads())
        every.stop()
        every.stop()
        self.assert_thread_ends()

    def test_function_is_called_once_without_an_interval(self) -> None:
        self.failures = 0
        self.start(0)
        self.assert_thread_ends()
        self.assertEqual(1, len(self.calls))

    def test_function_is_called_until_it_succeeds_without_an_interval(self) -> None:
        self.patch(threads, '_RETRY', 0.01)
        self.failures = 2
        self.start(0)
        self.assert_thread_ends()
        self.assertEqual(3, len(self.calls))

    @ddt.data(
        (0, [0, 10, 20, 40, 80, 160, 320, 600, 600]),
        (5, [5, 5, 10, 20, 40, 80, 160, 320, 600, 600]),
        (600, [600, 600, 600]), (3600, [3600, 3600, 3600]))
    @ddt.unpack
    def test_pause_is_doubled_by_each_failure(self, interval: float, pauses: list[float]) -> None:
        every = threads.Every(self.name, interval, self.call)
        self.assertEqual(pauses, [every._pause(failures) for failures in range(len(pauses))])
        self.assertEqual(pauses[-1], every._pause(10**6))

    def test_longest_pause_can_be_shorter(self) -> None:
        every = threads.Every(self.name, 10, self.call, longest_pause=60)
        self.assertEqual([10, 10, 20, 40, 60, 60], [every._pause(count) for count in range(6)])

    def test_silent_hypervisor_is_logged_without_traceback(self) -> None:
        self.error = exception.HypervisorNotResponding('no answer')
        self.start(0.01)
        self.assert_eventually(lambda: len(self.calls) > 1)
        [record] = [record for record in self.logs.records if record.levelno == logging.ERROR]
        self.assertIn('HypervisorNotResponding: no answer', record.getMessage())
        self.assertFalse(record.exc_info)

    def test_only_the_first_of_several_failures_is_logged_with_its_traceback(self) -> None:
        self.failures = 3
        self.start(0.01)
        self.assert_eventually(lambda: len(self.calls) > 3)
        self.assertEqual([True, False, False], [
            bool(record.exc_info) for record in self.logs.records
            if record.levelno == logging.ERROR])

class TestCallLimiter(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.limiter = threads.CallLimiter(2)
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
        def fail(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        with fixtures.MockPatchObject(threads, 'start', fail):
            for _ in range(3):
                with self.assert_raises(RuntimeError):
                    self.limiter.call('a', 5, lambda: 7)
        self.assertEqual(7, self.limiter.call('a', 5, lambda: 7))
