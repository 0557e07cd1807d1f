# SPDX-License-Identifier: Apache-2.0
"""What the scheduler of the host says of the threads of vCPUs."""

from __future__ import annotations

import os
import shutil
from typing import Optional

import ddt

from nova_ext.virt.libvirt import processes, vcpu_threads
from nova_ext.virt.libvirt.vcpu_threads import Waits
from tests.fixtures import guest_processes
from tests.unit import base

PID = 4321


class ThreadsTestCase(base.TestCase):
    """A process of that number, of which threads can be shown; the scheduler counts."""

    def setUp(self) -> None:
        super().setUp()
        self.processes = self.useFixture(guest_processes.GuestProcesses())
        self.processes.show('guest', 'uuid', PID)
        self.directory = self.processes.proc / str(PID)
        self.processes.count_waits('1')
        self.threads = vcpu_threads.VcpuThreads()

    def read(self, *numbers: int) -> dict[int, Waits]:
        return self.threads.read(
            processes.Process(began=0, directory=self.directory), numbers or (0,))


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestRead(ThreadsTestCase):
    def test_vcpus_have_the_numbers_in_the_names_of_their_threads(self) -> None:
        for number, name in enumerate((
                'qemu-system-x86', 'IO mon_iothread', 'CPU 0/KVM', 'CPU 12/TCG', 'worker',
                'vnc_worker', 'ALL CPUs/TCG')):
            self.processes.show_thread(PID, PID + number, name, f'9 {number} 3')
        self.assertEqual({0: Waits(None, 2), 12: Waits(None, 3)}, self.read(0, 12))

    @ddt.data((0,), (0, 1, 2), (1, 2))
    def test_vcpus_with_other_numbers_than_the_domain_has_are_unknown(
            self, *numbers: int) -> None:
        for number in (0, 1):
            self.processes.show_thread(PID, PID + number, f'CPU {number}/KVM', '9 8 7')
        self.assertEqual({}, self.read(*numbers))
        self.assertEqual({0, 1}, self.read(0, 1).keys())

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

    @ddt.data('0', '', None)
    def test_wait_is_unknown_while_the_scheduler_does_not_count(
            self, switch: Optional[str]) -> None:
        """What it has counted before says nothing about the guest now."""
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '9 8 7', 'wait_sum : 0.000001\n')
        self.assertEqual({0: Waits(1, 8)}, self.read())
        self.processes.count_waits(switch)
        self.assertEqual({0: Waits(None, 8)}, self.read())

    def test_delay_that_the_kernel_does_not_count_is_unknown(self) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '0 0 0')
        self.processes.show_thread(PID, 2, 'CPU 1/KVM', '9 0 1')
        self.assertEqual({0: Waits(None, None), 1: Waits(None, 0)}, self.read(0, 1))

    @ddt.data('schedstat', 'sched', 'comm')
    def test_missing_files_are_unknown(self, name: str) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '9 8 7', 'wait_sum : 0.000001\n')
        (self.directory / 'task/1' / name).unlink()
        self.assertEqual({}, self.read())

    @ddt.data('', 'odd', '1 2')
    def test_odd_file_is_unknown(self, text: str) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', text)
        self.assertEqual({}, self.read())

    def test_process_that_has_ended_is_unknown(self) -> None:
        self.directory = self.processes.proc / '99'
        self.assertEqual({}, self.read())

    def test_process_that_cannot_be_seen_is_unknown(self) -> None:
        self.assertEqual({}, self.threads.read(processes.Process(began=0), (0,)))

    def test_files_of_the_kernel_of_this_machine_can_be_read(self) -> None:
        thread = '/proc/self'
        self.assertIsInstance(vcpu_threads._delay(thread), int)
        self.assertIsInstance(vcpu_threads._wait(thread) or 0, int)


class TestRemembered(ThreadsTestCase):
    """The names of threads that are known are not read again."""

    def setUp(self) -> None:
        super().setUp()
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', '9 8 7')
        self.read()

    def test_threads_are_listed_once(self) -> None:
        (self.directory / 'task/1/comm').unlink()
        self.assertEqual({0: Waits(None, 8)}, self.read())

    def test_vcpu_that_was_plugged_in_is_found(self) -> None:
        self.processes.show_thread(PID, 2, 'CPU 1/KVM', '9 6 7')
        self.assertEqual({0: Waits(None, 8), 1: Waits(None, 6)}, self.read(0, 1))

    def test_process_that_has_got_the_same_number_is_listed_anew(self) -> None:
        shutil.rmtree(self.directory / 'task')
        self.processes.show_thread(PID, 5, 'CPU 0/KVM', '9 5 7')
        self.assertEqual({0: Waits(None, 5)}, self.read())


class TestCpuTimes(ThreadsTestCase):
    def read_times(self, *numbers: int) -> dict[int, int]:
        return self.threads.cpu_times(
            processes.Process(began=0, directory=self.directory), numbers)

    def test_time_is_that_in_user_mode_and_in_the_kernel(self) -> None:
        tick = 10**9 // os.sysconf('SC_CLK_TCK')
        self.processes.show_thread(PID, 1, 'CPU 0/KVM', ticks=(7, 5))
        self.processes.show_thread(PID, 2, 'CPU 1/KVM (x) 3', ticks=(1, 0))
        self.assertEqual({0: 12 * tick, 1: tick}, self.read_times(0, 1))
        self.assertEqual({}, self.read_times(0))

    def test_times_that_cannot_be_read_are_unknown(self) -> None:
        self.processes.show_thread(PID, 1, 'CPU 0/KVM')
        self.assertEqual({}, self.read_times(0))
        self.assertEqual({}, self.threads.cpu_times(None, [0]))
