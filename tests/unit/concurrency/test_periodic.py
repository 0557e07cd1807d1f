# SPDX-License-Identifier: Apache-2.0
"""Tasks that run at intervals, and their failures."""

from __future__ import annotations

import logging
import threading
import uuid

import ddt

from nova_ext import exception
from nova_ext.concurrency import periodic
from tests.unit import base


@ddt.ddt
class TestPeriodicTask(base.TestCase):
    """What is called appends to :attr:`calls`, in a thread that no other test has."""

    def setUp(self) -> None:
        super().setUp()
        self.name = f'test-{uuid.uuid4()}'
        self.calls: list[None] = []
        #: So many of the first calls fail.
        self.failures = 1
        self.error: Exception = ValueError('not yet')

    def start(self, interval: float) -> periodic.PeriodicTask:
        every = periodic.PeriodicTask(self.name, interval, self.call)
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
        self.patch(periodic, '_RETRY', 0.01)
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
        every = periodic.PeriodicTask(self.name, interval, self.call)
        self.assertEqual(pauses, [every._pause(failures) for failures in range(len(pauses))])
        self.assertEqual(pauses[-1], every._pause(10**6))

    def test_longest_pause_can_be_shorter(self) -> None:
        every = periodic.PeriodicTask(self.name, 10, self.call, longest_pause=60)
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
