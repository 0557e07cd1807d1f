# SPDX-License-Identifier: Apache-2.0
"""The collector over many guests, of which some hang."""

from __future__ import annotations

import time
from typing import Any

import ddt
import libvirt

from nova_ext.virt.libvirt import queries
from tests.unit import support
from tests.unit.virt.libvirt import hanging_base
from tests.unit.virt.libvirt.hanging_base import AT_ONCE, MOST_HANGING, SLACK


class HungGuestsTestCase(hanging_base.HangingTestCase):
    """Sixty guests, of which twelve hang."""

    timeout = 2.0

    #: The state of the QEMU of a guest that hangs, as in proc(5); empty: no QEMU can be seen.
    state = ''

    def setUp(self) -> None:
        super().setUp()
        self.guests = [self.libvirtd.add('bridge') for _ in range(60)]
        self.hung, self.healthy = self.guests[:12], self.guests[12:]
        for guest in self.hung:
            guest.answers.clear()
        self.show_processes(self.state)

    def show_processes(self, state: str) -> None:
        """Show the QEMU of each guest, of those that hang in that state, if there is one."""
        for guest in self.guests if state else ():
            self.libvirtd.show_process(guest, 'S' if guest in self.healthy else state)


@ddt.ddt
class TestHungGuests(HungGuestsTestCase):
    @ddt.data('', 'S', 'D', 'T')
    def test_others_are_answered_in_full(self, state: str) -> None:
        self.show_processes(state)
        for answer in self.collect_all(self.hung):
            self.assert_disks_unknown(answer.found)
            self.assertLess(answer.seconds, 2 * self.timeout + SLACK)
        self.be_patient()
        answers = dict(zip(self.guests, self.collect_all(self.guests)))
        for guest in self.healthy:
            self.assert_complete(answers[guest].found)
        for guest in self.hung:  # known to hang
            self.assert_disks_unknown(answers[guest].found)
        self.assertLessEqual(self.libvirtd.busy, len(self.hung))

    def test_guests_are_complete_again_when_they_answer_again(self) -> None:
        self.collect_all(self.hung)
        self.libvirtd.go_on()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.be_patient()
        for answer in self.collect_all(self.guests):
            self.assert_complete(answer.found)

    def test_nova_keeps_workers_of_libvirtd_however_many_hang(self) -> None:
        for guest in self.healthy[:20]:
            guest.answers.clear()
        for _ in range(2):
            self.collect_all(self.guests)
        self.assertLessEqual(self.libvirtd.busy, MOST_HANGING)
        self.assertLessEqual(MOST_HANGING, 15)


class TestStoppedGuests(HungGuestsTestCase):
    """Their QEMU has been stopped, as a debugger does."""

    state = 'T'

    def test_none_is_asked(self) -> None:
        for answer in self.collect_all(self.hung):
            self.assert_disks_unknown(answer.found)
            self.assertLess(answer.seconds, self.timeout)
        self.assertEqual(0, self.libvirtd.busy)
        self.assertIn('its QEMU is stopped', self.logs.text)

    def test_unformatted_diagnostics_ask_none_either(self) -> None:
        entries = self.collector.collect_legacy(support.instance(uuid=self.hung[0].uuid))
        self.assertNotIn('vda_read', entries)
        self.assertEqual(10**9, entries['cpu0_time'])
        self.assertEqual(0, self.libvirtd.busy)


class TestBlockedGuests(HungGuestsTestCase):
    """Their QEMU waits for storage in the kernel."""

    state = 'D'

    def test_few_are_asked(self) -> None:
        for _ in range(2):
            self.collect_all(self.hung)
        self.assertEqual(queries.DOUBTFUL_LIMIT, self.libvirtd.busy)

    def test_guest_that_is_blocked_for_a_moment_is_answered_in_full(self) -> None:
        for guest in self.hung:
            guest.answers.set()
        self.be_patient()
        for answer in self.collect_all(self.hung):
            self.assert_complete(answer.found)


class TestOthersQuestion(hanging_base.HangingTestCase):
    """Another client of libvirt has asked a guest that hangs."""

    def setUp(self) -> None:
        super().setUp()
        self.guest = self.libvirtd.add('bridge')
        self.guest.job.acquire()
        self.addCleanup(self.guest.job.release)

    def ask_ago(self, seconds: float) -> None:
        """Let the other client have asked so many seconds ago."""
        self.guest.asked = time.monotonic() - seconds

    def test_guest_that_owes_an_answer_for_long_is_not_asked(self) -> None:
        self.ask_ago(self.timeout + 5)
        answer, = self.collect_all([self.guest])
        self.assert_disks_unknown(answer.found)
        self.assertLess(answer.seconds, AT_ONCE)
        self.assertEqual(0, self.libvirtd.busy)
        self.assertIn('has not answered a question of another client for', self.logs.text)

    def test_guest_that_was_asked_just_now_is_waited_for(self) -> None:
        self.ask_ago(0)
        answer, = self.collect_all([self.guest])
        self.assert_disks_unknown(answer.found)
        self.assertGreaterEqual(answer.seconds, self.timeout)

    def test_guest_that_answered_last_time_is_asked_without_looking(self) -> None:
        other = self.libvirtd.add()
        for _ in range(3):
            self.collect(other)
        self.assertEqual(1, self.libvirtd.calls.count('controlInfo'))

    def test_number_of_a_command_that_is_being_answered_is_that_of_libvirt(self) -> None:
        self.assertEqual(2, libvirt.VIR_DOMAIN_CONTROL_OCCUPIED)
        self.ask_ago(5)
        connection = self.libvirtd._connect('qemu:///system', False)
        state, _, milliseconds = connection.lookupByUUIDString(self.guest.uuid).controlInfo()
        self.assertEqual(2, state)
        self.assertGreaterEqual(milliseconds, 5000)


class TestMetadataOfHealthyGuests(HungGuestsTestCase):
    def test_domain_can_be_changed_while_others_hang(self) -> None:
        self.collect_all(self.hung)
        self.be_patient()

        def change(connection: object, domain: Any) -> bool:
            domain.setMetadata()
            return True

        for guest in self.healthy:
            self.assertTrue(self.collector.queries.ask_guest(guest.uuid, change).result())
