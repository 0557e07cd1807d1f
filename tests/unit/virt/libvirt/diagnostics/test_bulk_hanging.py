# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many guests at once, of which some hang."""

from __future__ import annotations

import ddt

from nova_ext.concurrency import patience
from nova_ext.virt.libvirt import queries
from tests.unit.virt.libvirt.diagnostics import bulk_base
from tests.unit.virt.libvirt.hanging_base import AT_ONCE, MOST_HANGING, SLACK


@ddt.ddt
class TestHungGuests(bulk_base.BulkTestCase):
    number = 40

    def setUp(self) -> None:
        super().setUp()
        self.collector.sampler.sample_once()
        self.clock.now += 5
        self.hung, self.healthy = self.guests[5:8], [*self.guests[:5], *self.guests[8:]]

    def hang(self, state: str) -> None:
        """Let some guests hang.

        :param state: of their processes, as in proc(5); empty: no process can be seen
        """
        for guest in self.guests if state else ():
            self.libvirtd.show_process(guest, state if guest in self.hung else 'S')
        for guest in self.hung:
            guest.answers.clear()

    @ddt.data('', 'S', 'D', 'T')
    def test_others_are_answered_in_full(self, state: str) -> None:
        self.assert_answered(self.collect_together(), self.guests)
        self.hang(state)
        found = self.collect_together()
        self.assert_answered(found, self.healthy)
        self.assert_hung(found, self.hung)
        # One wait for the bulk question, and one for those that are asked by themselves.
        self.assertLess(self.seconds, 2 * self.timeout + SLACK)

    @ddt.data('', 'S', 'T')
    def test_nobody_waits_again_for_those_that_are_known_to_hang(self, state: str) -> None:
        self.hang(state)
        self.collect_together()
        busy = self.libvirtd.busy
        for _ in range(2):
            self.assert_eventually(lambda: self.libvirtd.busy <= busy)
            found = self.collect_together()
            self.assert_answered(found, self.healthy)
            self.assert_hung(found, self.hung)
            self.assertLess(self.seconds, AT_ONCE)
        self.assertLessEqual(self.libvirtd.busy, busy)

    def test_guest_that_is_stopped_is_not_asked(self) -> None:
        self.hang('T')
        found = self.collect_together()
        self.assertLess(self.seconds, AT_ONCE)
        self.assert_hung(found, self.hung)
        self.assertEqual(0, self.libvirtd.busy)

    def test_guest_that_is_busy_for_another_client_is_not_waited_for_at_first(self) -> None:
        self.collect_together()
        with self.hung[0].job:  # as while libvirt takes a snapshot of it
            found = self.collect_together()
            self.assert_answered(found, self.guests[:5])
            self.assert_hung(found, self.hung[:1])
            self.assertLess(self.seconds, self.timeout + SLACK)

    def test_guests_are_complete_again_when_they_answer_again(self) -> None:
        self.hang('')
        self.collect_together()
        self.libvirtd.go_on()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.assert_answered(self.collect_together(), self.guests)

    def test_nova_keeps_workers_of_libvirtd_however_many_hang(self) -> None:
        self.hung = self.guests[:30]
        self.hang('')
        for _ in range(3):
            found = self.collect_together()
            self.assertIs(False, found[self.guests[0].uuid].responding)
        self.assertLessEqual(self.libvirtd.busy, MOST_HANGING)

    def test_single_requests_for_others_are_answered_meanwhile(self) -> None:
        self.hang('')
        self.collect_together()
        for guest in self.healthy[:queries.GUEST_LIMIT]:
            self.assert_complete(self.collect(guest))


class TestWaitingForAnotherRequest(bulk_base.BulkTestCase):
    number = 1
    timeout = 5.0

    def test_no_more_threads_wait_for_long_than_may(self) -> None:
        waiting = self.collector.bulk._sources.queries.patience
        for _ in range(patience.LONG_WAITS):
            self.assertTrue(waiting._long_waits.acquire(blocking=False))
        waiting._answered -= 60
        with self.collector.bulk._turn:  # which hangs
            self.assert_answered(self.collect_together(), self.guests)
        self.assertLess(self.seconds, 2)


class TestGuestHeldByLibvirt(bulk_base.BulkTestCase):
    """libvirt does something with a guest, and says nothing about it meanwhile."""

    def test_others_are_answered_in_full(self) -> None:
        held, others = self.guests[4], [*self.guests[:4], *self.guests[5:]]
        with held.lock:
            # Another thread holds it, as far as those that ask are concerned.
            for _ in range(2):
                found = self.collect_together()
                self.assert_answered(found, others)
                self.assertIs(False, found[held.uuid].responding)
                self.assertIsNone(found[held.uuid].diagnostics.state)
        self.assertLess(self.seconds, 2 * self.timeout + SLACK)
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.assert_answered(self.collect_together(), self.guests)

    def test_sampler_notes_the_others(self) -> None:
        with self.guests[4].lock:
            self.collector.sampler.sample_once()
        self.assertEqual(
            {guest.uuid for guest in self.guests} - {self.guests[4].uuid},
            set(self.collector.sampler._samples))
