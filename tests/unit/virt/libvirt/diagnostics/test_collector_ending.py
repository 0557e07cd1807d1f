# SPDX-License-Identifier: Apache-2.0
"""The collector over guests that are ended or started while they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ddt

from nova_ext.virt.libvirt.diagnostics import domain_stats
from tests.unit import support
from tests.unit.virt.libvirt import base

PID = 4321


@ddt.ddt
class TestEnding(base.CollectorTestCase):
    """A guest whose QEMU was started 100 seconds ago."""

    def setUp(self) -> None:
        super().setUp()
        self.use_fake_monitor()
        self.show_process(age=100)

    def kill(self) -> None:
        """End the QEMU; libvirt deletes the PID file later."""
        self.processes.hide_process(PID, self.domain.name(), age=100)
        self.domain.destroy()

    def restart(self) -> None:
        """Have the guest in another QEMU, started a second ago."""
        self.kill()
        self.domain.create()
        self.processes.show(self.domain.name(), self.domain.UUIDString(), PID + 1, age=1)

    def save(self) -> None:
        """Save the guest to disk."""
        self.domain.managedSave(0)

    def once_described(self, happens: Callable[[], object]) -> None:
        """Have something happen when it is known how the guest is defined."""
        real = domain_stats.quick

        def quick(*arguments: Any) -> domain_stats.Statistics:
            happens()
            return real(*arguments)

        self.patch(domain_stats, 'quick', quick)

    def between_looks(self, happens: Callable[[], object]) -> None:
        """Have something happen while another look at the guest is waited for."""
        self.patch(self.clock, 'sleep', lambda seconds: happens())

    @ddt.data('once_described', 'between_looks')
    def test_killed_guest_has_no_figures_of_its_last_run(self, when: str) -> None:
        getattr(self, when)(self.kill)
        found = self.collect()
        self.assertEqual(('shutdown', None), (found.state, found.uptime))
        self.assertEqual([None, None], [cpu.time for cpu in found.cpu_details])
        self.assertEqual(self.UNREAD_DISKS, support.values(found.disk_details))
        self.assertEqual({'maximum': 128, 'used': None}, support.values(found.memory_details))

    @ddt.data('once_described', 'between_looks')
    def test_guest_that_is_saved_is_suspended(self, when: str) -> None:
        getattr(self, when)(self.save)
        found = self.collect()
        self.assertEqual(('suspended', None), (found.state, found.uptime))

    def test_restarted_guest_has_no_figures_of_its_run_before(self) -> None:
        self.between_looks(self.restart)
        found = self.collect()
        self.assertEqual('running', found.state)
        self.assertIn(found.uptime, range(1, 50))
        self.assertEqual(self.UNREAD_DISKS, support.values(found.disk_details))
        self.assertEqual({'maximum': 128, 'used': None}, support.values(found.memory_details))

    def test_guest_is_not_waited_for_when_it_has_ended(self) -> None:
        self.once_described(self.kill)
        self.collect()
        self.assertEqual([], self.clock.naps)
