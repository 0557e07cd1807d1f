# SPDX-License-Identifier: Apache-2.0
"""What is expected of every collector that asks something in the network about its servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.objects import diagnostics as objects
from tests.unit import base, support

#: Seconds that the counterpart has for an answer.
TIMEOUT = 0.2


def raising(error: Exception) -> Callable[[], None]:
    """Make a function that raises an error."""
    def function() -> None:
        raise error

    return function


class CounterpartTests(base.TestCase):
    """Tests of a collector, :attr:`collector`, over a fake counterpart."""

    #: What is said of the counterpart in messages.
    name: str
    #: Nova's name of the driver.
    driver: str

    #: Has a ``describe`` that begins with a call of ``on_describe()``.
    counterpart: Any
    collector: Any

    def setUp(self) -> None:
        super().setUp()
        self.instance = support.instance()
        self.hanging = threading.Event()
        self.addCleanup(self.hanging.set)

    def hang(self) -> None:
        """Wait until the end of the test, or until :attr:`hanging` is set."""
        self.hanging.wait(base.TIMEOUT)

    def failing(self, how: str) -> Callable[[], None]:
        """Make a function that ``refuses`` or ``hangs``."""
        return self.hang if how == 'hangs' else raising(
            exception.NotResponding(f'{self.name} refuses'))

    def assert_unavailable(self) -> None:
        """Assert that the hypervisor is unavailable."""
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collector.collect(self.instance)

    def assert_only_known(self, **known: str) -> None:
        """Assert that nothing is known of the server but these fields and the driver."""
        self.assertEqual(
            support.values(objects.Diagnostics.unknown(driver=self.driver, **known)),
            support.values(self.collector.collect(self.instance)))

    def test_server_that_is_not_there_is_pending(self) -> None:
        self.counterpart.on_describe = raising(nova_exception.InstanceNotFound(
            instance_id=self.instance.uuid))
        self.assert_only_known(state='pending')

    def test_nothing_is_known_when_it_refuses(self) -> None:
        self.counterpart.on_describe = raising(exception.NotResponding('refuses: no'))
        self.assert_only_known()
        self.assertIn('refuses: no', self.logs.text)

    def test_counterpart_that_cannot_be_reached_is_unavailable(self) -> None:
        self.counterpart.on_describe = raising(exception.HypervisorNotResponding('no route'))
        self.assert_unavailable()
        self.assertIn('no route', self.logs.text)

    def test_counterpart_that_hangs_is_unavailable_within_the_bound(self) -> None:
        self.counterpart.on_describe = self.hang
        began = time.monotonic()
        self.assert_unavailable()
        self.assertLess(time.monotonic() - began, 10 * TIMEOUT)
        self.assertIn(f'no answer from {self.name} within 0.2 s', self.logs.text)

    def test_counterpart_that_answers_again_is_asked_again(self) -> None:
        self.counterpart.on_describe = self.hang
        self.assert_unavailable()
        self.hanging.set()
        self.assert_eventually(self._is_answered)

    def _is_answered(self) -> bool:
        try:
            return bool(self.collector.collect(self.instance).state == 'running')
        except nova_exception.HypervisorUnavailable:
            return False
