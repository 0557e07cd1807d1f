# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import logging
import threading
import uuid

from nova_ext import threads
from tests.unit import base


class TestEvery(base.TestCase):
    """What is called appends to :attr:`calls`, in a thread that no other test has."""

    def setUp(self) -> None:
        super().setUp()
        self.name = f'test-{uuid.uuid4()}'
        self.calls: list[None] = []

    def start(self, interval: float) -> threads.Every:
        every = threads.Every(self.name, interval, self.call)
        self.addCleanup(every.stop)
        every.start()
        return every

    def call(self) -> None:
        self.calls.append(None)
        if len(self.calls) == 1:
            raise ValueError('not yet')

    def assert_thread_ends(self) -> None:
        self.assert_eventually(lambda: self.count_threads() == 0)

    def count_threads(self) -> int:
        return [thread.name for thread in threading.enumerate()].count(f'nova-ext-{self.name}')

    def test_function_is_called_again_after_a_failure_until_it_is_stopped(self) -> None:
        every = self.start(0.01)
        self.assert_eventually(lambda: len(self.calls) > 2)
        every.stop()
        self.assert_thread_ends()
        self.assertIn(f'The {self.name} failed this time', self.logs.messages(logging.ERROR))

    def test_start_and_stop_may_be_called_twice(self) -> None:
        every = self.start(0.01)
        every.start()
        self.assertEqual(1, self.count_threads())
        every.stop()
        every.stop()
        self.assert_thread_ends()

    def test_function_is_called_once_without_an_interval(self) -> None:
        self.start(0)
        self.assert_thread_ends()
        self.assertEqual(1, len(self.calls))
