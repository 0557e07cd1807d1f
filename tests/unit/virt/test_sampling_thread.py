# SPDX-License-Identifier: Apache-2.0
"""The thread in which a sampler makes its rounds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from nova_ext.virt import sampling
from tests.unit import base


class Rounds:
    """Counts the rounds of a sampler's thread; may fail one."""

    def __init__(self) -> None:
        self.count = 0
        self.fail = False
        self.another = threading.Event()

    def __call__(self) -> Iterable[tuple[str, sampling.Sample]]:
        self.count += 1
        self.another.set()
        if self.fail:
            self.fail = False
            raise RuntimeError('libvirt went away')
        return []


class TestThread(base.TestCase):
    """A sampler that makes rounds as fast as it can, once it is started."""

    def setUp(self) -> None:
        super().setUp()
        self.earlier = set(threading.enumerate())
        self.rounds = Rounds()
        self.addCleanup(self.assert_threads, 0)
        self.sampler = self.make_sampler(0.01)

    def make_sampler(self, interval: float) -> sampling.Sampler:
        """Make a sampler that is stopped after the test."""
        made = sampling.Sampler(interval, self.rounds)
        self.addCleanup(made.stop)
        return made

    def count_threads(self) -> int:
        """Return how many threads of samplers run that this test has started."""
        return sum(thread.name == 'nova-ext-sampler'
                   for thread in set(threading.enumerate()) - self.earlier)

    def assert_threads(self, number: int) -> None:
        """Assert that only so many threads of samplers run, at once or soon."""
        self.assert_eventually(lambda: self.count_threads() == number)

    def assert_another_round(self) -> None:
        """Assert that there is a round from now on."""
        self.rounds.another.clear()
        self.assertTrue(self.rounds.another.wait(5))

    def test_rounds_are_made_until_the_sampler_is_stopped(self) -> None:
        self.assertEqual(0, self.rounds.count)
        self.sampler.start()
        self.assert_another_round()
        self.assert_another_round()
        self.sampler.stop()
        self.assert_threads(0)

    def test_failed_round_is_logged_and_followed_by_another(self) -> None:
        self.rounds.fail = True
        self.sampler.start()
        self.assert_another_round()
        self.assert_another_round()
        error, = (record for record in self.logs.records if record.levelno >= logging.ERROR)
        self.assertIn('Periodic task sampler failed', error.getMessage())
        self.assertIn('libvirt went away', str(error.exc_info))

    def test_sampler_started_twice_has_one_thread(self) -> None:
        self.sampler.start()
        self.sampler.start()
        self.assert_another_round()
        self.assertEqual(1, self.count_threads())

    def test_restarted_sampler_has_one_thread(self) -> None:
        slow = self.make_sampler(60)
        slow.start()
        self.assertTrue(self.rounds.another.wait(5))
        for _ in range(5):
            slow.stop()
            slow.start()
        self.assert_threads(1)
        slow.stop()
        self.assert_threads(0)

    def test_sampler_that_was_never_started_can_be_stopped(self) -> None:
        sampling.Sampler(60, self.rounds).stop()
        self.assertEqual(0, self.rounds.count)
