# SPDX-License-Identifier: Apache-2.0
"""Calls that are waited for within a bound."""

from __future__ import annotations

import threading
import time

import fixtures

from nova_ext import exception
from nova_ext.concurrency import bounded
from tests.fixtures import clock
from tests.unit.concurrency import bounded_base
from tests.unit.concurrency.bounded_base import AT_ONCE, LONG_TIMEOUT, SLACK, TIMEOUT, call


class TestCalls(bounded_base.BoundedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.calls = bounded_base.make_calls(LONG_TIMEOUT, 3)

    def test_result_is_returned(self) -> None:
        self.assertEqual(17, call(self.calls, 'a', lambda: 17))
        self.assertIsNone(call(self.calls, 'a', lambda: None))

    def test_error_is_raised_and_next_call_is_made(self) -> None:
        def fail() -> None:
            raise KeyError('gone')

        with self.assert_raises(KeyError, 'gone'):
            call(self.calls, 'a', fail)
        self.assertEqual(17, call(self.calls, 'a', lambda: 17))

    def test_start_does_not_wait_for_the_function(self) -> None:
        started = self.calls.start('a', self.hanging)
        self.assertTrue(self.hanging.entered.wait(5))
        self.assertFalse(started.overdue())
        self.hanging.release.set()
        self.assertEqual('late', started.result())

    def test_calls_with_different_keys_run_in_parallel(self) -> None:
        barrier = threading.Barrier(2, timeout=5)
        started = [self.calls.start(key, barrier.wait) for key in 'ab']
        self.assertEqual([0, 1], sorted(each.result() for each in started))

    def test_result_can_be_read_again(self) -> None:
        started = self.calls.start('a', lambda: 17)
        self.assertEqual([17, 17], [started.result(), started.result()])

    def test_result_in_time_can_be_read_after_the_deadline(self) -> None:
        started = self.calls.start('a', lambda: 17)
        self.assertEqual(17, started.result())
        started.deadline = time.monotonic() - 1
        self.assertTrue(started.overdue())
        self.assertEqual(17, started.result())

    def test_call_whose_result_is_never_read_frees_its_slot(self) -> None:
        calls = bounded_base.make_calls(LONG_TIMEOUT, 1)
        calls.start('a', lambda: 17)
        self.assert_eventually(lambda: not calls._calls)
        self.assertEqual(18, call(calls, 'a', lambda: 18))

    def test_function_is_called_in_a_daemon_thread(self) -> None:
        thread = call(self.calls, 'a', threading.current_thread)
        self.assertIsNot(threading.current_thread(), thread)
        self.assertTrue(thread.daemon)

    def test_second_caller_waits_for_the_first_and_makes_its_own_call(self) -> None:
        results: list[str] = []
        first = bounded_base.start_thread(
            lambda: results.append(call(self.calls, 'a', self.hanging)))
        self.assertTrue(self.hanging.entered.wait(5))
        second = bounded_base.start_thread(
            lambda: results.append(call(self.calls, 'a', lambda: 'own')))
        second.join(0.05)
        self.assertTrue(second.is_alive())
        self.hanging.release.set()
        first.join(5)
        second.join(5)
        self.assertEqual(['late', 'own'], sorted(results))

    def test_failure_to_start_a_thread_does_not_block_later_calls(self) -> None:
        def fail(thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        calls = bounded_base.make_calls(LONG_TIMEOUT, 1)
        with (fixtures.MockPatchObject(threading.Thread, 'start', fail),
              self.assert_raises(exception.NotResponding, "can't start new thread")):
            call(calls, 'a', lambda: 17)
        self.assertEqual(17, call(calls, 'a', lambda: 17))


class TestTimeout(bounded_base.BoundedTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.calls = bounded_base.make_calls(TIMEOUT, 3)

    def test_hanging_call_is_waited_for_until_the_timeout(self) -> None:
        took = self.time_refusal(lambda: call(self.calls, 'a', self.hanging))
        self.assertGreaterEqual(took, TIMEOUT)
        self.assertLess(took, TIMEOUT + SLACK)

    def test_second_caller_waits_no_longer_than_the_first(self) -> None:
        first = bounded_base.start_thread(
            lambda: self.time_refusal(lambda: call(self.calls, 'a', self.hanging)))
        self.assertTrue(self.hanging.entered.wait(5))
        self.assertLess(
            self.time_refusal(lambda: call(self.calls, 'a', self.hanging)), TIMEOUT + SLACK)
        first.join(5)
        self.assertEqual(1, self.hanging.calls)


class TestOverdueCall(bounded_base.BoundedTestCase):
    """A call about guest a hangs and is overdue."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(bounded))
        self.calls = bounded_base.make_calls(LONG_TIMEOUT, 2)
        self.overdue = self.calls.start('a', self.hanging)
        self.assertTrue(self.hanging.entered.wait(5))
        self.assertFalse(self.overdue.overdue())
        self.clock.now += LONG_TIMEOUT

    def test_time_between_start_and_result_counts_towards_the_timeout(self) -> None:
        self.assertTrue(self.overdue.overdue())
        self.assertLess(self.time_refusal(self.overdue.result), AT_ONCE)

    def test_next_calls_are_refused_at_once_and_not_made(self) -> None:
        for _ in range(3):
            self.assertLess(
                self.time_refusal(lambda: call(self.calls, 'a', self.hanging)), AT_ONCE)
        self.assertEqual(1, self.hanging.calls)

    def test_next_call_is_refused_at_once_while_another_guest_is_asked(self) -> None:
        other = self.make_hanging_function()
        started = self.calls.start('b', other)
        self.assertTrue(other.entered.wait(5))
        self.assertLess(self.time_refusal(lambda: call(self.calls, 'a', self.hanging)), AT_ONCE)
        other.release.set()
        self.assertEqual('late', started.result())

    def test_calls_about_other_guests_are_made(self) -> None:
        began = time.monotonic()
        self.assertEqual(17, call(self.calls, 'b', lambda: 17))
        self.assertLess(time.monotonic() - began, AT_ONCE)

    def test_next_call_is_made_once_the_overdue_one_returns(self) -> None:
        def is_answered() -> bool:
            try:
                return call(self.calls, 'a', lambda: 'again') == 'again'
            except exception.NotResponding:
                return False

        self.assertFalse(is_answered())
        self.hanging.release.set()
        self.assert_eventually(is_answered)

    def test_late_result_is_not_the_result_of_the_next_call(self) -> None:
        self.hanging.release.set()
        self.assert_eventually(lambda: not self.calls._calls)
        self.assertEqual('fresh', call(self.calls, 'a', lambda: 'fresh'))
