# SPDX-License-Identifier: Apache-2.0
"""The collector over a guest some of whose vCPUs are not plugged in."""

from __future__ import annotations

from tests.unit import support
from tests.unit.virt.libvirt import hanging_base


class TestVcpusWithGaps(hanging_base.HangingTestCase):
    """Of four vCPUs, the first and the third are plugged in."""

    def setUp(self) -> None:
        super().setUp()
        self.guest = self.libvirtd.add()
        self.guest.vcpus = {0: 10**9, 2: 3 * 10**9}

    def test_numbers_and_times_are_those_of_the_domain(self) -> None:
        found = self.collect(self.guest)
        self.assertEqual(2, found.num_cpus)
        self.assertEqual(
            [(0, 10**9, 0), (2, 3 * 10**9, 0)],
            [(cpu.id, cpu.time, cpu.utilisation) for cpu in found.cpu_details])

    def test_unformatted_diagnostics_have_the_same_numbers(self) -> None:
        entries = self.collector.collect_legacy(support.instance(uuid=self.guest.uuid))
        self.assertEqual(
            {'cpu0_time': 10**9, 'cpu2_time': 3 * 10**9},
            {name: value for name, value in entries.items() if name.startswith('cpu')})

    def test_vcpus_of_a_stopped_guest_have_their_numbers_and_no_times(self) -> None:
        self.guest.stop()
        self.assertEqual(
            [(0, None), (2, None)],
            [(cpu.id, cpu.time) for cpu in self.collect(self.guest).cpu_details])
