# SPDX-License-Identifier: Apache-2.0
"""The limit of concurrent calls."""

from __future__ import annotations

import threading
import time

from nova_ext.virt.libvirt import bounded
from tests.fixtures import clock
from tests.unit.virt.libvirt import bounded_base
from tests.unit.virt.libvirt.bounded_base import AT_ONCE, LONG_TIMEOUT, SLACK, TIMEOUT, call


class TestLimit(bounded_base.BoundedTestCase):
    def test_concurrent_calls_are_limited(self) -> None:
        calls = bounded.BoundedCalls(LONG_TIMEOUT, 2)
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
        calls = bounded.BoundedCalls(LONG_TIMEOUT, 2)
        overdue = [calls.start(key, self.hanging) for key in 'ab']
        time_passing.now += LONG_TIMEOUT
        self.assertLess(self.time_refusal(lambda: call(calls, 'c', lambda: 17)), AT_ONCE)
        for each in overdue:
            self.assertLess(self.time_refusal(each.result), AT_ONCE)

    def test_slot_that_becomes_free_is_taken(self) -> None:
        calls = bounded.BoundedCalls(LONG_TIMEOUT, 1)
        calls.start('a', self.hanging)
        self.assertTrue(self.hanging.entered.wait(5))
        threading.Timer(0.05, self.hanging.release.set).start()
        began = time.monotonic()
        self.assertEqual(17, call(calls, 'b', lambda: 17))
        self.assertLess(time.monotonic() - began, 2)

    def test_waiting_for_a_slot_counts_towards_the_timeout(self) -> None:
        time_passing = self.useFixture(clock.Clock(bounded))
        calls = bounded.BoundedCalls(LONG_TIMEOUT, 1)
        other = self.make_hanging_function()
        calls.start('a', other)
        left = 0.125
        until_next = calls._until_next

        def let_time_pass(waiting: bounded.Call[str]) -> float:
            """Have the slot become free while the second call waits for it, and late."""
            seconds = until_next(waiting)
            time_passing.now += LONG_TIMEOUT - left
            other.release.set()
            return seconds

        self.patch(calls, '_until_next', let_time_pass)
        took = self.time_refusal(lambda: call(calls, 'b', self.hanging))
        self.assertTrue(self.hanging.entered.wait(5))
        self.assertGreaterEqual(took, left)
        self.assertLess(took, left + SLACK)

    def test_many_callers_of_hanging_guests_are_all_refused_in_time(self) -> None:
        calls = bounded.BoundedCalls(TIMEOUT, 3)
        took: list[float] = []

        def ask(key: int) -> None:
            took.append(self.time_refusal(lambda: call(calls, key, self.hanging)))

        threads = [bounded_base.start_thread(ask, number % 7) for number in range(20)]
        for thread in threads:
            thread.join(5)
        self.assertEqual(20, len(took))
        self.assertLess(max(took), TIMEOUT + SLACK)
        self.assertLessEqual(self.hanging.calls, 3)
