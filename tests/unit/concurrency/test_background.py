# SPDX-License-Identifier: Apache-2.0
"""Threads for what may never come back."""

from __future__ import annotations

import threading

from nova_ext.concurrency import background
from tests.fixtures import threads
from tests.unit import base


class TestStart(base.TestCase):
    def test_function_is_called_in_a_thread_that_does_not_keep_the_process(self) -> None:
        found = background.start('work', threading.current_thread).result(5)
        self.assertEqual(('nova-ext-work', True), (found.name, found.daemon))

    def test_error_of_the_function_is_the_result(self) -> None:
        def fail() -> None:
            raise ValueError('a bug')

        with self.assert_raises(ValueError, 'a bug'):
            background.start('work', fail).result(5)

    def test_thread_that_cannot_be_started_is_logged_and_raises_no_sooner_than_the_result(
            self) -> None:
        self.useFixture(threads.NoThreads())
        found = background.start('work', threading.current_thread)
        self.assertIn(f'Failed to start a thread for work: {threads.REASON}', self.logs.text)
        with self.assert_raises(background.NoThread, threads.REASON):
            found.result(0)
