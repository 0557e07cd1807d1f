# SPDX-License-Identifier: Apache-2.0
"""What the scheduler of the host says of the threads of vCPUs."""

from __future__ import annotations

import pathlib
from typing import Optional

import ddt

from nova_ext.virt.libvirt import processes, vcpu_threads
from nova_ext.virt.libvirt.vcpu_threads import Waits
from tests.fixtures import guest_processes
from tests.unit import base

PID = 4321


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestRead(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.processes = self.useFixture(guest_processes.GuestProcesses())
        self.processes.show('guest', 'uuid', PID)
        self.directory = self.processes.proc / str(PID)

    def read(self) -> dict[int, Waits]:
        return vcpu_threads.read(processes.Process(began=0, directory=self.directory))

    def test_vcpus_have_the_numbers_in_the_names_of_their_threads(self) -> None:
        for number, name in enumerate((
                'qemu-system-x86', 'IO mon_iothread', 'CPU 0/KVM', 'CPU 12/TCG', 'worker',
                'vnc_worker', 'ALL CPUs/TCG')):
            self.processes.show_thread(PID, PID + number, name, f'9 {number} 3')
        self.assertEqual({0: Waits(None, 2), 12: Waits(None, 3)}, self.read())

    @ddt.data(
        ('wait_sum                                     :         12345.678901', 12345678901),
        ('se.statistics.wait_sum                       :             0.000042', 42),
        ('se.statistics.wait_max                       :             7.000042', None),
        ('iowait_sum                                   :             7.000042', None),
        ('', None))
    @ddt.unpack
    def test_wait_is_what_statistics_say_and_unknown_without_them(
            self, line: str, wait: Optional[int]) -> None:
        self.processes.show_thread(
            PID, 1, 'CPU 0/KVM', '9 8 7', f'nr_switches  :   3\n{line}\npolicy  :  0\n')
        self.assertEqual({0: Waits(wait, 8)}, self.read())

    def test_delay_that_the_kernel_does_not_count_is_unknown(self) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '0 0 0')
        self.processes.show_thread(PID, 2, 'CPU 1/KVM', '9 0 1')
        self.assertEqual({0: Waits(None, None), 1: Waits(None, 0)}, self.read())

    @ddt.data('schedstat', 'sched')
    def test_file_that_the_kernel_does_not_have_is_unknown(self, name: str) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '9 8 7', 'wait_sum : 0.000001\n')
        (self.directory / 'task/1' / name).unlink()
        known = {'schedstat': Waits(1, None), 'sched': Waits(None, 8)}[name]
        self.assertEqual({0: known}, self.read())

    @ddt.data('', 'odd', '1 2')
    def test_odd_file_is_unknown(self, text: str) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', text)
        self.assertEqual({}, self.read())

    def test_process_that_has_ended_is_unknown(self) -> None:
        self.directory = self.processes.proc / '99'
        self.assertEqual({}, self.read())

    def test_process_that_cannot_be_seen_is_unknown(self) -> None:
        self.assertEqual({}, vcpu_threads.read(processes.Process(began=0)))

    def test_files_of_the_kernel_of_this_machine_can_be_read(self) -> None:
        thread = pathlib.Path('/proc/self')
        self.assertIsInstance(vcpu_threads._delay(thread), int)
        self.assertIsInstance(vcpu_threads._wait(thread) or 0, int)
