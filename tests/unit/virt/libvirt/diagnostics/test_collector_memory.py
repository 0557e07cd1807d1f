# SPDX-License-Identifier: Apache-2.0
"""The memory that a guest uses, in its diagnostics."""

from __future__ import annotations

from typing import Any, Optional

from nova_ext.virt.libvirt.diagnostics import memory
from tests.unit import support
from tests.unit.virt.libvirt import base


class TestMemoryUsed(base.CollectorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.monitor = self.use_fake_monitor()

    def test_memory_is_read_once_in_a_period_and_disks_for_each_request(self) -> None:
        found = [self.collect() for _ in range(3)]
        self.assertEqual([True, False, False], self.monitor.memory_wanted)
        self.assertEqual([59, 59, 59], [each.memory_details.used for each in found])
        self.assertEqual([1, 2, 3], [each.disk_details[0].read_bytes for each in found])
        self.clock.now += 10
        self.monitor.usable = 100000
        self.assertEqual(20, self.collect().memory_details.used)
        self.assertEqual([True, False, False, True], self.monitor.memory_wanted)

    def test_memory_of_restarted_guest_is_read_anew(self) -> None:
        self.collect()
        self.domain.destroy()
        self.domain.create()
        self.monitor.usable = 100000
        self.assertEqual(20, self.collect().memory_details.used)
        # The guest that was expected had reported a short time ago.
        self.assertEqual([True, False, True], self.monitor.memory_wanted)

    def test_memory_of_every_guest_is_read(self) -> None:
        self.collect()
        self.instance = support.instance(uuid=self.libvirt.define_guest().UUIDString())
        self.collect()
        self.assertEqual([True, True], self.monitor.memory_wanted)

    def test_shut_off_guest_uses_no_known_memory(self) -> None:
        self.assertEqual(59, self.collect().memory_details.used)
        self.domain.destroy()
        self.assertIsNone(self.collect().memory_details.used)

    def test_period_is_that_of_the_domain(self) -> None:
        periods = []

        class Reports(memory.MemoryReports):
            def note(self, uuid: str, run: int, balloon: dict[str, Any],
                     period: Optional[int]) -> None:
                periods.append(period)
                super().note(uuid, run, balloon, period)

        self.collector._memory = Reports()
        self.collect()
        self.assertEqual([10], periods)


class TestOutdatedReport(base.CollectorTestCase):
    def test_memory_use_is_unknown_as_reports_of_test_driver_date_from_1989(self) -> None:
        self.assertLess(self.domain.memoryStats()['last_update'], 10**9)
        self.assertIsNone(self.collect().memory_details.used)
