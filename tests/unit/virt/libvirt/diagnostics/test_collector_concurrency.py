# SPDX-License-Identifier: Apache-2.0
"""What the collector does at the same time, and for all guests of a host."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import ddt
import fixtures
import libvirt

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt.diagnostics import domain_stats, readings
from nova_ext.virt.libvirt.diagnostics.domain import Disk
from tests.fixtures import clock
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import base


@ddt.ddt
class TestConcurrency(base.CollectorTestCase):
    """The monitor is asked at once when the guest was seen before, and waited for last."""

    def setUp(self) -> None:
        super().setUp()
        self.monitor = self.use_fake_monitor()

    def expect(self, **changes: Any) -> None:
        """Let the collector expect the guest, changed in some ways since it was seen last."""
        self.collect()
        seen = self.collector._reader._seen
        seen[self.instance.uuid] = dataclasses.replace(seen[self.instance.uuid], **changes)
        self.monitor.memory_wanted.clear()

    def test_monitor_answers_while_everything_else_is_read(self) -> None:
        self.expect()
        # Each side waits for the other to begin.
        asked, read, timed = threading.Event(), threading.Event(), threading.Event()
        real_quick = domain_stats.quick

        def slow(*arguments: Any, **options: Any) -> dict[str, Any]:
            asked.set()
            self.assertTrue(read.wait(4))
            self.assertTrue(timed.wait(4))
            return self.monitor(*arguments, **options)

        def quick(*arguments: Any) -> dict[str, Any]:
            self.assertTrue(asked.wait(4))
            read.set()
            return real_quick(*arguments)

        def uptime(*arguments: Any) -> int:
            timed.set()
            return 17

        self.patch(domain_stats, 'slow', slow)
        self.patch(domain_stats, 'quick', quick)
        self.patch(self.collector.start_times, 'uptime', uptime)
        found = self.collect()
        self.assertEqual(1, found.disk_details[0].read_bytes)
        self.assertEqual(59, found.memory_details.used)
        self.assertEqual(17, found.uptime)
        self.assertIsNotNone(found.cpu_details[0].utilisation)

    def test_answer_counts_that_came_while_reading_the_rest_took_too_long(self) -> None:
        answered = threading.Event()
        timeouts = self.useFixture(clock.Clock(bounded))

        def slow(*arguments: Any, **options: Any) -> dict[str, Any]:
            answered.set()
            return self.monitor(*arguments, **options)

        def uptime(*arguments: Any) -> None:
            self.assertTrue(answered.wait(5))
            self.assert_eventually(lambda: not self.collector.queries._guests._calls)
            timeouts.now += 10  # more than a monitor may take

        self.patch(domain_stats, 'slow', slow)
        self.patch(self.collector.start_times, 'uptime', uptime)
        self.assertEqual(1, self.collect().disk_details[0].read_bytes)

    @ddt.data({'disks': (Disk('vda'),)}, {'id': 4711}, {'balloon_period': None})
    def test_monitor_is_asked_again_when_the_guest_is_not_as_expected(
            self, change: dict[str, Any]) -> None:
        self.expect(**change)
        found = self.collect()
        self.assertEqual(2, len(self.monitor.memory_wanted))
        self.assertEqual([2, None], [disk.read_bytes for disk in found.disk_details])
        self.assertEqual(59, found.memory_details.used)

    def test_monitor_is_asked_once_when_the_guest_is_as_expected(self) -> None:
        self.expect()
        self.assertEqual(1, self.collect().disk_details[0].read_bytes)
        self.assertEqual(1, len(self.monitor.memory_wanted))

    def test_guest_that_has_ended_is_not_expected(self) -> None:
        self.expect()
        self.domain.destroy()
        self.collect()
        self.assertIsNone(self.collector._reader.expect(self.instance.uuid))

    def test_guest_that_is_gone_is_forgotten(self) -> None:
        self.expect()
        self.delete_guest()
        self.collector.sampler.sample_once()
        self.assertIsNone(self.collector._reader.expect(self.instance.uuid))

    def test_answer_is_dropped_when_the_guest_is_deleted_meanwhile(self) -> None:
        def fail(*arguments: Any) -> None:
            raise libvirt_error(libvirt.VIR_ERR_NO_DOMAIN)

        self.expect()
        with fixtures.MockPatchObject(domain_stats, 'quick', fail):
            self.assertEqual('pending', self.collect().state)
        self.assertEqual(2, self.collect().disk_details[0].read_bytes)


@ddt.ddt
class TestSampling(base.CollectorTestCase):
    def sample(self) -> set[str]:
        """Return the UUIDs of the guests that were sampled in one round."""
        self.collector.sampler.sample_once()
        return set(self.collector.sampler._samples)

    def test_every_active_guest_is_sampled(self) -> None:
        paused = self.libvirt.define_guest()
        paused.suspend()
        stopped = self.libvirt.define_guest(running=False)
        sampled = self.sample()
        self.assertLessEqual({self.domain.UUIDString(), paused.UUIDString()}, sampled)
        self.assertNotIn(stopped.UUIDString(), sampled)

    @ddt.data(libvirt_error(libvirt.VIR_ERR_NO_DOMAIN), exception.NotResponding('held'))
    def test_other_guests_are_sampled_when_one_fails(self, error: Exception) -> None:
        other = self.libvirt.define_guest().UUIDString()
        real = readings.Reader.read

        def read(of_host: readings.Reader, uuid: str) -> readings.Reading:
            if uuid == self.domain.UUIDString():
                raise error
            return real(of_host, uuid)

        self.patch(readings.Reader, 'read', read)
        sampled = self.sample()
        self.assertIn(other, sampled)
        self.assertNotIn(self.domain.UUIDString(), sampled)

    def test_round_ends_when_libvirt_does_not_answer(self) -> None:
        def read(of_host: readings.Reader, uuid: str) -> None:
            raise exception.HypervisorNotResponding('silent')

        self.patch(readings.Reader, 'read', read)
        with self.assert_raises(exception.HypervisorNotResponding):
            self.sample()
