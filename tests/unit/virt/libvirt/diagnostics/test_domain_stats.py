# SPDX-License-Identifier: Apache-2.0
"""CPU times, and the counters of devices in what was read."""

from __future__ import annotations

import ddt
import libvirt

from nova_ext.virt.libvirt.diagnostics import domain_stats
from tests.fixtures.libvirt import libvirt_error
from tests.unit import base
from tests.unit.virt.libvirt import base as libvirt_base


@ddt.ddt
class TestCpuTimes(libvirt_base.GuestTestCase):
    def test_running_guest_has_a_time_for_each_vcpu(self) -> None:
        times = domain_stats.cpu_times(self.domain)
        self.assertEqual({0, 1}, times.keys())
        for time in times.values():
            self.assertGreaterEqual(time, 0)

    def test_stopped_guest_has_no_times(self) -> None:
        self.assertEqual({}, domain_stats.cpu_times(self.libvirt.define_guest(running=False)))

    @ddt.data(
        (libvirt.VIR_ERR_NO_SUPPORT, False), (libvirt.VIR_ERR_OPERATION_INVALID, False),
        (libvirt.VIR_ERR_INTERNAL_ERROR, True))
    @ddt.unpack
    def test_error_gives_no_times_and_is_logged_if_unexpected(
            self, code: int, logged: bool) -> None:
        def fail() -> None:
            raise libvirt_error(code)

        self.domain.vcpus = fail
        self.assertEqual({}, domain_stats.cpu_times(self.domain))
        self.assertIs(logged, 'CPU times are unknown' in self.logs.text)


class TestDevices(base.TestCase):
    def test_counters_are_grouped_by_device(self) -> None:
        answer = {
            'state.state': 1, 'block.count': 11, 'net.count': 1,
            **{f'block.{number}.name': f'vd{letter}'
               for number, letter in enumerate('abcdefghijk')},
            'block.0.rd.bytes': 1, 'block.1.rd.bytes': 2, 'block.10.wr.reqs': 3,
            'net.0.name': 'tap1', 'net.0.rx.bytes': 4, 'net.0.tx.drop': 5}
        disks = libvirt_base.list_counters(answer, 'block')
        self.assertEqual(
            {'vda': {'rd.bytes': 1}, 'vdb': {'rd.bytes': 2}, 'vdk': {'wr.reqs': 3}},
            {disk: counters for disk, counters in disks.items() if counters})
        self.assertEqual([f'vd{letter}' for letter in 'abcdefghijk'], list(disks))
        self.assertEqual(
            {'tap1': {'rx.bytes': 4, 'tx.drop': 5}}, libvirt_base.list_counters(answer, 'net'))

    def test_nics_without_device_leave_gaps_in_the_numbers(self) -> None:
        self.assertEqual(
            {'tap1': {'rx.bytes': 4}, 'tap3': {'tx.bytes': 5}},
            libvirt_base.list_counters({
                'net.count': 4, 'net.1.name': 'tap1', 'net.1.rx.bytes': 4,
                'net.3.name': 'tap3', 'net.3.tx.bytes': 5}, 'net'))

    def test_device_without_name_is_left_out(self) -> None:
        self.assertEqual({}, domain_stats.devices({'net.0.rx.bytes': 4}, 'net'))

    def test_empty_answer_has_no_devices(self) -> None:
        self.assertEqual({}, domain_stats.devices({}, 'block'))
