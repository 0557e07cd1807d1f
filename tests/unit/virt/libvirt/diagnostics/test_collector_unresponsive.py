# SPDX-License-Identifier: Apache-2.0
"""The collector over a guest whose QEMU hangs."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Iterator
from typing import Any

import libvirt

from nova_ext.virt.libvirt.diagnostics import domain_stats
from tests.unit import support
from tests.unit.virt.libvirt import base

#: Seconds that a monitor may take.
TIMEOUT = 0.1

UNANSWERED = 'Disks and memory use are unknown'


class UnresponsiveGuestTestCase(base.CollectorTestCase):
    """A guest whose QEMU hangs when it is asked, until the event is set."""

    def setUp(self) -> None:
        super().setUp()
        self.released = threading.Event()

    def hang(self) -> None:
        """Wait as a call to libvirt does."""
        self.assertTrue(self.released.wait(30))

    def set_monitor_timeout(self, seconds: float) -> None:
        """Let questions from now on wait so many seconds."""
        guests = self.collector.queries._guests
        guests._bounds = dataclasses.replace(guests._bounds, timeout=seconds)


class TestUnresponsiveGuest(UnresponsiveGuestTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.set_monitor_timeout(TIMEOUT)

        def call(*arguments: Any) -> list[int]:
            self.hang()
            return []

        for method in ('memoryStats', 'blockStats', 'setMetadata'):
            self.patch(libvirt.virDomain, method, call)
        self.addCleanup(self.released.set)  # before the methods are put back

    @contextlib.contextmanager
    def assert_duration(self, shortest: float, longest: float) -> Iterator[None]:
        """Assert that the block takes between so many seconds."""
        began = time.monotonic()
        yield
        taken = time.monotonic() - began
        self.assertLessEqual(shortest, taken)
        self.assertLess(taken, longest)

    def test_everything_that_needs_no_monitor_is_answered_in_time(self) -> None:
        with self.assert_duration(TIMEOUT, 1):
            found = self.collect()
        self.assert_only_monitor_is_unanswered(found)

    def test_next_request_does_not_wait(self) -> None:
        self.collect()
        self.set_monitor_timeout(20)
        with self.assert_duration(0, 1):
            self.assertEqual('running', self.collect().state)

    def test_reason_is_logged_once_for_each_request(self) -> None:
        for count in (1, 2):
            self.collect()
            self.assertEqual(count, self.logs.text.count(UNANSWERED))

    def test_unformatted_entries_leave_out_what_needs_the_monitor(self) -> None:
        with self.assert_duration(TIMEOUT, 1):
            entries = self.collector.collect_legacy(self.instance)
        self.assertLessEqual({'cpu0_time', 'cpu1_time', 'memory'}, entries.keys())
        self.assertEqual(
            [], [name for name in entries if name.startswith(('vda_', 'hda_', 'memory-'))])
        self.assertIn(UNANSWERED, self.logs.text)

    def test_start_is_not_stamped_and_not_waited_for(self) -> None:
        self.collect()
        self.set_monitor_timeout(20)
        with self.assert_duration(0, 1):
            self.collector.stamp_start(self.instance)
        self.assertIn('Failed to record the start time', self.logs.text)


class TestGuestThatHangsForAWhile(UnresponsiveGuestTestCase):
    def test_memory_use_is_unknown_until_the_monitor_answers_again(self) -> None:
        monitor = self.use_fake_monitor()
        self.assertEqual(59, self.collect().memory_details.used)

        def hanging(*arguments: Any, **options: Any) -> dict[str, Any]:
            self.hang()
            return monitor(*arguments, **options)

        self.patch(domain_stats, 'slow', hanging)
        self.addCleanup(self.released.set)
        self.set_monitor_timeout(TIMEOUT)
        for _ in range(2):  # waited for, and not waited for
            found = self.collect()
            self.assertEqual('running', found.state)
            self.assertEqual(self.UNREAD_DISKS, support.values(found.disk_details))
            self.assertEqual(
                {'maximum': 128, 'used': None}, support.values(found.memory_details))
        self.released.set()
        self.assert_eventually(lambda: self.collect().memory_details.used == 59)
        self.assertEqual([True, False], monitor.memory_wanted[:2])
