# SPDX-License-Identifier: Apache-2.0
"""Threads that are used again."""

from __future__ import annotations

import os
import threading
import weakref
from unittest import mock

from nova_ext.concurrency import workers
from tests.unit import base


class TestWorkers(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.workers = workers.Workers('test')

    def work(self) -> threading.Thread:
        """Have something done, and return the thread that did it when that is idle."""
        thread = self.workers.start(threading.current_thread).result(5)
        self.assert_eventually(lambda: thread in self.idle())
        return thread

    def idle(self) -> list[threading.Thread]:
        return [worker.thread for worker in self.workers._idle]

    def test_functions_are_called_in_one_daemon_thread_after_the_other(self) -> None:
        thread = self.work()
        self.assertIsNot(threading.current_thread(), thread)
        self.assertTrue(thread.daemon)
        self.assertEqual('nova-ext-test', thread.name)
        for _ in range(20):
            self.assertIs(thread, self.work())

    def test_function_that_hangs_keeps_no_other_waiting(self) -> None:
        first, hanging = self.work(), threading.Event()
        self.addCleanup(hanging.set)
        self.workers.start(hanging.wait)
        second = self.work()
        self.assertIsNot(first, second)
        self.assertIs(second, self.work())
        hanging.set()
        self.assert_eventually(lambda: len(self.idle()) == 2)

    def test_error_is_handed_on_and_its_thread_is_used_again(self) -> None:
        thread = self.work()
        with self.assert_raises(ZeroDivisionError):
            self.workers.start(lambda: 1 / 0).result(5)
        self.assert_eventually(lambda: thread in self.idle())
        self.assertIs(thread, self.work())

    def test_what_was_done_is_forgotten(self) -> None:
        class Large:
            def use(self) -> None:
                pass

        large = Large()
        reference = weakref.ref(large)
        self.workers.start(large.use)
        del large
        self.assert_eventually(lambda: reference() is None)

    def test_threads_of_the_parent_process_are_not_used(self) -> None:
        self.work()
        child = os.fork()
        if not child:
            self.workers.start(lambda: os._exit(17))
            threading.Event().wait(5)
            os._exit(1)
        self.assertEqual(17, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    def test_error_is_raised_when_no_thread_can_be_started(self) -> None:
        with mock.patch.object(threading.Thread, 'start', side_effect=RuntimeError('no thread')):
            with self.assert_raises(RuntimeError, 'no thread'):
                self.workers.start(self.fail)
        self.work()
