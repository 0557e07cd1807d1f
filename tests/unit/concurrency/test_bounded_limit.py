# SPDX-License-Identifier: Apache-2.0
"""The limit of concurrent calls."""

from __future__ import annotations

import functools
import threading
import time

import ddt

from nova_ext.concurrency import bounded, patience
from tests.fixtures import clock
from tests.unit.concurrency import bounded_base
from tests.unit.concurrency.bounded_base import AT_ONCE, LONG_TIMEOUT, SLACK, TIMEOUT, call


class TestLimit(bounded_base.BoundedTestCase):
    def test_concurrent_calls_are_limited(self) -> None:
        calls = bounded_base.make_calls(LONG_TIMEOUT, 2)
        lock = threading.Lock()
        now, most = 0, 0

        def count() -> None:
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1

        threads = [bounded_base.start_thread(call, calls, key, count) for key in range(12)]
        for thread in threads:
            thread.join(5)
        self.assertEqual(2, most)
        self.assert_eventually(lambda: not calls._calls)

    def test_call_is_refused_at_once_when_overdue_calls_take_every_slot(self) -> None:
        time_passing = self.useFixture(clock.Clock(bounded))
        calls = bounded_base.make_calls(LONG_TIMEOUT, 2)
        overdue = [calls.start(key, self.hanging) for key in 'ab']
        time_passing.now += LONG_TIMEOUT
        self.assertLess(self.time_refusal(lambda: call(calls, 'c', lambda: 17)), AT_ONCE)
        for each in overdue:
            self.assertLess(self.time_refusal(each.result), AT_ONCE)

    def test_slot_that_becomes_free_is_taken(self) -> None:
        calls = bounded_base.make_calls(LONG_TIMEOUT, 1)
        calls.start('a', self.hanging)
        self.assertTrue(self.hanging.entered.wait(5))
        threading.Timer(0.05, self.hanging.release.set).start()
        began = time.monotonic()
        self.assertEqual(17, call(calls, 'b', lambda: 17))
        self.assertLess(time.monotonic() - began, 2)

    def test_waiting_for_a_slot_counts_towards_the_timeout(self) -> None:
        time_passing = self.useFixture(clock.Clock(bounded))
        calls = bounded_base.make_calls(LONG_TIMEOUT, 1)
        other = self.make_hanging_function()
        calls.start('a', other)
        left = 0.125
        until_next = calls._until_next

        def let_time_pass(end: float) -> float:
            """Have the slot become free while the second call waits for it, and late."""
            seconds = until_next(end)
            time_passing.now += LONG_TIMEOUT - left
            other.release.set()
            return seconds

        self.patch(calls, '_until_next', let_time_pass)
        took = self.time_refusal(lambda: call(calls, 'b', self.hanging))
        self.assertTrue(self.hanging.entered.wait(5))
        self.assertGreaterEqual(took, left)
        self.assertLess(took, left + SLACK)

    def test_many_callers_of_hanging_guests_are_all_refused_in_time(self) -> None:
        calls = bounded_base.make_calls(TIMEOUT, 3)
        took: list[float] = []

        def ask(key: int) -> None:
            took.append(self.time_refusal(lambda: call(calls, key, self.hanging)))

        threads = [bounded_base.start_thread(ask, number % 7) for number in range(20)]
        for thread in threads:
            thread.join(5)
        self.assertEqual(20, len(took))
        self.assertLess(max(took), TIMEOUT + SLACK)
        self.assertLessEqual(self.hanging.calls, 3)


class TestDoubtfulCalls(bounded_base.BoundedTestCase):
    """Four calls at a time, of which two may be doubtful or overdue when a doubtful one begins."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = self.useFixture(clock.Clock(bounded))
        self.calls = bounded_base.make_calls(LONG_TIMEOUT, limit=4, doubtful_limit=2)

    def hang(self, *keys: str, doubtful: bool = False) -> list[bounded.Call[str]]:
        """Make calls that hang, and return them."""
        return [self.calls.start(key, self.make_hanging_function(), doubtful=doubtful)
                for key in keys]

    def refuse_doubtful(self) -> float:
        """Assert that a doubtful call is refused. Return the seconds that this took."""
        return self.time_refusal(lambda: self.calls.start('z', self.hanging, doubtful=True))

    def test_doubtful_calls_leave_slots_to_others(self) -> None:
        self.hang('a', 'b', doubtful=True)
        self.clock.now += LONG_TIMEOUT
        self.assertLess(self.refuse_doubtful(), AT_ONCE)
        self.assertEqual(0, self.hanging.calls)
        began = time.monotonic()
        for key in 'cdef':
            self.assertEqual(17, call(self.calls, key, lambda: 17))
        self.assertLess(time.monotonic() - began, AT_ONCE)

    def test_calls_that_hang_are_counted_whether_or_not_they_were_doubtful(self) -> None:
        self.hang('a', 'b')
        self.clock.now += LONG_TIMEOUT
        self.assertLess(self.refuse_doubtful(), AT_ONCE)

    def test_doubtful_call_waits_for_those_that_may_still_be_answered(self) -> None:
        calls = bounded_base.make_calls(LONG_TIMEOUT, limit=4, doubtful_limit=1)
        other = self.make_hanging_function()
        calls.start('a', other, doubtful=True)
        threading.Timer(0.05, other.release.set).start()
        self.assertEqual(17, calls.start('b', lambda: 17, doubtful=True).result())

    def test_doubtful_call_is_made_while_few_hang(self) -> None:
        self.hang('a')
        self.clock.now += LONG_TIMEOUT
        self.assertEqual(17, self.calls.start('b', lambda: 17, doubtful=True).result())


@ddt.ddt
class TestPatience(bounded_base.BoundedTestCase):
    """Twelve callers of what hangs, of which three may wait for long."""

    def setUp(self) -> None:
        super().setUp()
        self.took: list[float] = []

    def ask(self, calls: bounded.BoundedCalls, number: int) -> None:
        """Have so many threads call what hangs, and wait for them."""
        threads = [
            bounded_base.start_thread(lambda key: self.took.append(
                self.time_refusal(lambda: call(calls, key, self.hanging))), key)
            for key in range(number)]
        for thread in threads:
            thread.join(10)
        self.assertEqual(number, len(self.took))

    @ddt.data(100, 2)
    def test_most_callers_give_up_after_a_moment(self, limit: int) -> None:
        self.patch(patience, 'BRIEFLY', TIMEOUT)
        calls = bounded_base.make_calls(2, limit, long_waits=3)
        self.ask(calls, 12)
        self.took.sort()
        self.assertEqual(9, sum(seconds < 2 * TIMEOUT + SLACK for seconds in self.took))
        self.assertLess(self.took[-1], 2 + SLACK)

    def test_callers_wait_for_their_turn_while_others_are_answered(self) -> None:
        calls = bounded_base.make_calls(LONG_TIMEOUT, 100, long_waits=1)
        answers: list[None] = []
        threads = [
            bounded_base.start_thread(lambda: answers.append(
                call(calls, 'a', lambda: time.sleep(0.02)))) for _ in range(40)]
        for thread in threads:
            thread.join(10)
        self.assertEqual(40, len(answers))

    def test_callers_may_wait_for_long_again_when_others_have(self) -> None:
        self.patch(patience, 'BRIEFLY', TIMEOUT)
        calls = bounded_base.make_calls(2 * TIMEOUT, 100, long_waits=1)
        for key in 'abc':
            took = self.time_refusal(functools.partial(call, calls, key, self.hanging))
            self.assertGreaterEqual(took, 2 * TIMEOUT)

    def test_answer_is_waited_for(self) -> None:
        self.patch(patience, 'BRIEFLY', TIMEOUT)
        calls = bounded_base.make_calls(LONG_TIMEOUT, 100, long_waits=1)
        threading.Timer(2 * TIMEOUT, self.hanging.release.set).start()
        self.assertEqual('late', call(calls, 'a', self.hanging))
