# SPDX-License-Identifier: Apache-2.0
"""The collector over a libvirtd that hangs or does not run."""

from __future__ import annotations

import logging
import threading
import time

import ddt
from nova import exception as nova_exception

from nova_ext.concurrency import patience
from nova_ext.virt.libvirt import queries
from tests.unit import support
from tests.unit.virt.libvirt import hanging_base
from tests.unit.virt.libvirt.hanging_base import AT_ONCE, SLACK


@ddt.ddt
class TestSilentLibvirtd(hanging_base.HangingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.guests = [self.libvirtd.add('bridge') for _ in range(70)]
        self.assert_complete(self.collect(self.guests[0]))
        self.libvirtd.answers.clear()
        self.addCleanup(self.libvirtd.go_on)  # before the directories are gone

    @ddt.data(True, False)
    def test_every_request_is_refused_in_time(self, for_one_guest: bool) -> None:
        answers = self.collect_all([self.guests[0]] * 70 if for_one_guest else self.guests)
        self.assertEqual({None}, {answer.found for answer in answers})
        self.assertLess(max(answer.seconds for answer in answers),
                        self.timeout + patience.BRIEFLY + SLACK)

    def test_few_requests_wait_for_long(self) -> None:
        answers = self.collect_all(self.guests)
        long = sum(answer.seconds > 2 * patience.BRIEFLY + SLACK for answer in answers)
        self.assertLessEqual(long, patience.LONG_WAITS)

    def test_few_calls_are_left_to_hang(self) -> None:
        self.libvirtd.go_on()
        self.collector.sampler.sample_once()  # it is known what to ask every QEMU for
        self.libvirtd.answers.clear()
        for _ in range(2):
            self.collect_all(self.guests)
        self.assertLessEqual(self.libvirtd.busy, 2 * queries.ABOUT_LIMIT + 1)

    def test_next_requests_are_refused_at_once(self) -> None:
        self.collect_all(self.guests)
        for answer in self.collect_all(self.guests[:40]):
            self.assertIsNone(answer.found)
            self.assertLess(answer.seconds, AT_ONCE)

    def test_requests_are_answered_when_libvirtd_answers_again(self) -> None:
        self.collect_all(self.guests)
        self.libvirtd.go_on()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.be_patient()
        for answer in self.collect_all(self.guests):
            self.assert_complete(answer.found)

    def test_unformatted_diagnostics_are_refused_in_time(self) -> None:
        for bound in (self.timeout + patience.BRIEFLY + SLACK, AT_ONCE):
            began = time.monotonic()
            with self.assert_raises(nova_exception.HypervisorUnavailable):
                self.collector.collect_legacy(support.instance(uuid=self.guests[0].uuid))
            self.assertLess(time.monotonic() - began, bound)

    def test_start_is_not_stamped_and_not_waited_for_long(self) -> None:
        began = time.monotonic()
        self.collector.stamp_start(support.instance(uuid=self.guests[0].uuid))
        self.assertLess(time.monotonic() - began, self.timeout + SLACK)
        self.assertIn('Failed to record the start time', self.logs.text)


class TestGuestThatLibvirtHolds(hanging_base.HangingTestCase):
    """libvirt is busy with one guest, and answers about all others."""

    def test_nothing_is_said_about_that_guest_alone(self) -> None:
        held, other = self.libvirtd.add(), self.libvirtd.add()
        release = threading.Event()
        self.addCleanup(release.set)
        locked = threading.Event()

        def hold() -> None:
            with held.lock:
                locked.set()
                release.wait(30)

        threading.Thread(target=hold, daemon=True).start()
        self.assertTrue(locked.wait(5))
        for bound in (self.timeout + patience.BRIEFLY + SLACK, AT_ONCE):
            answer, = self.collect_all([held])
            self.assertLess(answer.seconds, bound)
            assert answer.found is not None
            self.assertEqual((None, 'libvirt'), (answer.found.state, answer.found.driver))
            self.assert_complete(self.collect(other))
        release.set()
        self.assert_eventually(lambda: self.collect(held).state == 'running')


class TestLibvirtdThatDoesNotRun(hanging_base.HangingTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.guest = self.libvirtd.add('bridge')
        self.libvirtd.runs = False

    def test_requests_are_refused_at_once_with_the_reason_in_the_log(self) -> None:
        answer, = self.collect_all([self.guest])
        self.assertIsNone(answer.found)
        self.assertLess(answer.seconds, AT_ONCE)
        warning, = self.logs.messages(logging.WARNING, 'nova_ext')
        self.assertIn('libvirt cannot be reached', warning)

    def test_requests_are_answered_when_it_runs_again(self) -> None:
        self.collect_all([self.guest])
        self.libvirtd.runs = True
        self.assert_complete(self.collect(self.guest))

    def test_connection_from_before_a_restart_is_replaced(self) -> None:
        self.libvirtd.runs = True
        self.assert_complete(self.collect(self.guest))
        self.libvirtd.runs = False
        self.collect_all([self.guest])
        self.libvirtd.runs = True
        self.assert_complete(self.collect(self.guest))
