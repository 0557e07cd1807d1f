# SPDX-License-Identifier: Apache-2.0
"""The collector over guests with vhost-user NICs, whose counters only Open vSwitch knows."""

from __future__ import annotations

import logging
import time
from typing import Any

from nova_ext.virt.libvirt.diagnostics import vhost_user
from tests.fixtures import clock, fake_connection, fake_libvirtd
from tests.unit import support
from tests.unit.virt.libvirt import hanging_base
from tests.unit.virt.libvirt.hanging_base import AT_ONCE, SLACK


class VhostUserTestCase(hanging_base.HangingTestCase):
    """A guest with a tap device and four vhost-user NICs, and one with a tap device alone."""

    def setUp(self) -> None:
        super().setUp()
        self.guest = self.libvirtd.add('bridge', *['vhostuser'] * 4)
        self.other = self.libvirtd.add('bridge')

    def received(self, guest: fake_libvirtd.Guest) -> list[Any]:
        """Return the octets that each NIC of a guest has received."""
        return [nic.rx_octets for nic in self.collect(guest).nic_details]


class TestVhostUser(VhostUserTestCase):
    def test_every_nic_has_its_counters(self) -> None:
        self.assertEqual([7] * 5, self.received(self.guest))
        entries = self.collector.collect_legacy(support.instance(uuid=self.guest.uuid))
        self.assertEqual((7, 7), (entries['bri0_rx'], entries['vho4_rx']))

    def test_every_nic_has_its_rates(self) -> None:
        self.assertEqual([0] * 5, [nic.rx_rate for nic in self.collect(self.guest).nic_details])

    def test_nics_of_a_stopped_guest_are_not_asked_about(self) -> None:
        self.guest.stop()
        found = self.collect(self.guest)
        self.assertEqual(('shutdown', 5), (found.state, found.num_nics))
        self.assertNotIn('interfaceStats', self.libvirtd.calls)


class TestHangingSwitch(VhostUserTestCase):
    """Open vSwitch's database hangs: libvirt waits for it, and holds the guest meanwhile."""

    def setUp(self) -> None:
        super().setUp()
        self.assert_complete(self.collect(self.guest))
        self.time = self.useFixture(clock.Clock(vhost_user))
        self.libvirtd.switch_answers.clear()

    def let_switch_time_out(self) -> None:
        """Let the command end that libvirt waits for, as it does by itself after a while."""
        self.libvirtd.switch_answers.set()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        self.libvirtd.switch_answers.clear()

    def test_their_counters_alone_are_unknown(self) -> None:
        answer, = self.collect_all([self.guest])
        self.assertLess(answer.seconds, self.timeout + SLACK)
        found: Any = answer.found
        self.assertEqual(
            [7, None, None, None, None], [nic.rx_octets for nic in found.nic_details])
        self.assertEqual([512, 1024], [disk.read_bytes for disk in found.disk_details])
        self.assertEqual([10**9, 2 * 10**9], [cpu.time for cpu in found.cpu_details])

    def test_it_is_not_asked_again_for_a_while(self) -> None:
        self.collect(self.guest)
        self.let_switch_time_out()
        self.libvirtd.calls.clear()
        another = self.libvirtd.add('vhostuser')
        for guest, received in ((self.guest, [7, None, None, None, None]), (another, [None])):
            answer, = self.collect_all([guest])
            self.assertLess(answer.seconds, AT_ONCE)
            assert answer.found is not None
            self.assertEqual(received, [nic.rx_octets for nic in answer.found.nic_details])
        warning, = (text for text in self.logs.messages(logging.WARNING, 'nova_ext')
                    if 'vhost-user' in text)
        self.assertIn('no answer from Open vSwitch', warning)

    def test_it_is_asked_again_after_a_while(self) -> None:
        self.collect(self.guest)
        self.libvirtd.go_on()
        self.time.now += 59
        self.assertEqual([7, None, None, None, None], self.received(self.guest))
        self.time.now += 2
        self.assertEqual([7] * 5, self.received(self.guest))

    def test_other_guests_are_answered_and_sampled(self) -> None:
        self.collector.sampler.sample_once()
        answer, = self.collect_all([self.other])
        self.assert_complete(answer.found)
        self.assertLess(answer.seconds, AT_ONCE)
        self.assertEqual(1, self.libvirtd.busy)
        self.assertEqual(
            {self.guest.uuid, self.other.uuid}, set(self.collector.sampler._samples))

    def test_guest_that_has_to_wait_for_others_is_no_reason_to_rest(self) -> None:
        other = self.libvirtd.add('vhostuser')
        self.libvirtd.switch_answers.set()
        self.collector.queries.ask_switch(other.uuid, lambda *_: time.sleep(self.timeout + 0.3))
        self.assertEqual([7, None, None, None, None], self.received(self.guest))
        self.assert_eventually(lambda: self.received(self.guest) == [7] * 5)

    def test_nics_behind_a_slow_one_are_not_asked_about(self) -> None:
        def read(device: str) -> tuple[int, ...]:
            if device.startswith('vho'):
                self.time.now += 5  # as long as libvirt waits for the command
            return (7,) * 8

        self.patch(fake_connection.Domain, 'interfaceStats', lambda _, device: read(device))
        self.assertEqual([7, 7, None, None, None], self.received(self.guest))
