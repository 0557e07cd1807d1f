# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many guests at once."""

from __future__ import annotations

import collections
import os
import threading
from typing import Any

import ddt
import libvirt
from nova import exception as nova_exception

from tests.fixtures import fake_connection, fake_libvirtd
from tests.fixtures.libvirt import libvirt_error
from tests.unit import support
from tests.unit.concurrency import bounded_base
from tests.unit.virt.libvirt.diagnostics import bulk_base
from tests.unit.virt.libvirt.hanging_base import AT_ONCE

UNKNOWN = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'


@ddt.ddt
class TestBulk(bulk_base.BulkTestCase):
    def test_figures_are_those_of_single_requests(self) -> None:
        self.guests[3].stop()
        self.guests[4].state = (3, 5)
        self.libvirtd.show_process(self.guests[5], 'S')
        self.collector.sampler.sample_once()
        found = self.collect_together()
        for guest in self.guests:
            self.assertIs(True, found[guest.uuid].responding)
            self.assertEqual(
                support.values(self.collect(guest)), support.values(found[guest.uuid].diagnostics))
        self.assertEqual(('paused', 'io_error'), (
            found[self.guests[4].uuid].diagnostics.state,
            found[self.guests[4].uuid].diagnostics.state_reason))
        self.assertEqual(0, found[self.guests[5].uuid].diagnostics.uptime)

    def test_only_guests_that_are_asked_for_are_answered(self) -> None:
        self.assertEqual({self.guests[7].uuid}, set(self.collect_together(self.guests[7:8])))
        self.assertEqual(1, self.libvirtd.calls.count('monitor'))
        self.assertEqual({}, self.collect_together([]))

    def test_each_guest_needs_its_xml_its_vcpus_and_one_answer_of_its_qemu(self) -> None:
        self.collector.sampler.sample_once()
        self.collect_together()
        self.libvirtd.calls.clear()
        self.collect_together()
        calls = collections.Counter(self.libvirtd.calls)
        for each in ('XMLDesc', 'vcpus', 'monitor', 'interfaceStats'):
            self.assertEqual(self.number, calls.pop(each))
        # The rest, whatever the number of guests.
        self.assertLessEqual(sum(calls.values()), 4)

    def test_cpu_times_are_read_where_libvirt_reads_them(self) -> None:
        seen = self.guests[0]
        self.libvirtd.show_process(seen, 'S')
        for number in seen.vcpus:
            self.libvirtd.processes.show_thread(
                10_000 + seen.id, number, f'CPU {number}/KVM', ticks=(300, 100 * number))
        found = self.collect_together()
        tick = 10**9 // os.sysconf('SC_CLK_TCK')
        self.assertEqual([300 * tick, 400 * tick], [
            cpu.time for cpu in found[seen.uuid].diagnostics.cpu_details])
        # Twice for each that cannot be seen: the windows have no beginning yet.
        self.assertEqual(2 * (self.number - 1), self.libvirtd.calls.count('vcpus'))

    def test_sampler_needs_few_calls_and_its_notes_are_used(self) -> None:
        self.collector.sampler.sample_once()
        calls = collections.Counter(self.libvirtd.calls)
        self.assertNotIn('monitor', calls)
        for each in ('XMLDesc', 'vcpus', 'interfaceStats'):
            self.assertEqual(self.number, calls[each])
        self.guests[0].vcpus[0] += 10**9
        self.clock.now += 5
        found = self.collect_together()
        self.assertEqual(
            20, found[self.guests[0].uuid].diagnostics.cpu_details[0].utilisation)
        self.assertEqual(0, found[self.guests[1].uuid].diagnostics.cpu_details[0].utilisation)

    def test_all_fresh_guests_wait_for_their_windows_together(self) -> None:
        found = self.collect_together()
        self.assertEqual([0.5], self.clock.naps)
        for guest in self.guests:
            self.assertEqual(0, found[guest.uuid].diagnostics.cpu_details[0].utilisation)

    def test_requests_at_the_same_time_are_all_complete(self) -> None:
        threads = [bounded_base.start_thread(
            lambda: self.assert_answered(self.collect_together(), self.guests))
            for _ in range(4)]
        for thread in threads:
            thread.join(30)
        self.assertEqual(4 * self.number, self.libvirtd.calls.count('monitor'))

    def test_server_that_libvirt_does_not_know_is_pending(self) -> None:
        found = self.collector.bulk.collect_many([UNKNOWN, self.guests[0].uuid])
        self.assertEqual(('pending', 'libvirt'), (
            found[UNKNOWN].diagnostics.state, found[UNKNOWN].diagnostics.driver))
        self.assertIs(True, found[UNKNOWN].responding)
        self.assert_answered(found, self.guests[:1])

    def test_guest_that_ends_in_between_is_answered(self) -> None:
        ending = self.guests[2]
        monitor = fake_connection.Domain.monitor_statistics

        def end(domain: fake_connection.Domain, wait: bool = True) -> object:
            if domain.guest is ending:
                ending.stop()
                raise libvirt_error(libvirt.VIR_ERR_OPERATION_INVALID)
            return monitor(domain, wait)

        self.patch(fake_connection.Domain, 'monitor_statistics', end)
        found = self.collect_together()
        self.assert_answered(found, [guest for guest in self.guests if guest is not ending])
        self.assertIn(found[ending.uuid].diagnostics.state, ('running', 'shutdown'))

    def exchange_disk(self, guest: fake_libvirtd.Guest) -> str:
        """Return what a guest's XML is when another volume is at the place of one of its disks."""
        return guest.xml().replace(
            "<target dev='vdb'/>", f"<target dev='vdb'/><serial>{UNKNOWN}</serial>")

    def test_disk_that_was_exchanged_has_no_figures_of_the_one_before(self) -> None:
        self.collector.sampler.sample_once()
        self.clock.now += 5
        guest, monitor = self.guests[0], fake_connection.Domain.monitor_statistics
        answered, exchanged = threading.Event(), self.exchange_disk(guest)

        def answer(domain: fake_connection.Domain, wait: bool = True) -> dict[str, Any]:
            read = 8192 if answered.is_set() else 4096
            found = {**monitor(domain, wait), 'block.1.rd.bytes': read}
            answered.set()
            return found

        self.patch(fake_connection.Domain, 'monitor_statistics', answer)
        self.patch(guest, 'xml', lambda: exchanged if answered.wait(20) else '')
        disk = self.collect_together([guest])[guest.uuid].diagnostics.disk_details[1]
        self.assertEqual((UNKNOWN, 8192), (disk.volume_id, disk.read_bytes))

    def test_disk_that_is_exchanged_in_the_window_has_no_figures(self) -> None:
        guest = self.guests[0]
        xml = [guest.xml(), self.exchange_disk(guest)]
        self.patch(guest, 'xml', lambda: xml.pop(0))
        found = self.collect_together([guest])[guest.uuid]
        self.assertEqual([(None, None), (UNKNOWN, None)], [
            (disk.volume_id, disk.read_bytes) for disk in found.diagnostics.disk_details])
        self.assertIs(True, found.responding)

    @ddt.data('<domain', "<domain id='x'/>")
    def test_guest_whose_xml_cannot_be_read_is_left_out(self, xml: str) -> None:
        odd, others = self.guests[0], self.guests[1:]
        self.patch(odd, 'xml', lambda: xml)
        self.collector.sampler.sample_once()
        found = self.collect_together()
        self.assert_answered(found, others)
        self.assertEqual((False, None), (
            found[odd.uuid].responding, found[odd.uuid].diagnostics.state))
        self.assertIn('Failed to read the domain', self.logs.text)

    def test_without_bulk_statistics_guests_are_asked_one_by_one(self) -> None:
        def refuse(connection: object, domains: list[object], *arguments: object) -> object:
            raise libvirt_error(libvirt.VIR_ERR_NO_SUPPORT)

        self.patch(fake_connection.Connection, 'domainListGetStats', refuse)
        found = self.collect_together()
        for guest in self.guests:
            self.assertEqual('running', found[guest.uuid].diagnostics.state)
            self.assertEqual(512, found[guest.uuid].diagnostics.disk_details[0].read_bytes)

    def test_silent_libvirtd_is_an_unavailable_hypervisor(self) -> None:
        self.libvirtd.answers.clear()
        with self.assert_raises(nova_exception.HypervisorUnavailable):
            self.collect_together()
        self.assertIn('No diagnostics of the guests of this host', self.logs.text)


class TestVhostUser(bulk_base.BulkTestCase):
    """The counters of vhost-user NICs are Open vSwitch's."""

    number = 3

    def test_nics_of_all_kinds_have_counters(self) -> None:
        self.guests.append(self.libvirtd.add('bridge', 'vhostuser'))
        self.assert_answered(self.collect_together(), self.guests)

    def test_switch_that_hangs_does_not_hold_up_others(self) -> None:
        other = self.libvirtd.add('bridge', 'vhostuser')
        self.collector.sampler.sample_once()
        self.libvirtd.switch_answers.clear()
        self.assert_answered(self.collect_together(), self.guests)
        # Its database is not asked again for a while.
        self.libvirtd.switch_answers.set()
        self.assert_eventually(lambda: self.libvirtd.busy == 0)
        found = self.collect_together([*self.guests, other])
        self.assertLess(self.seconds, AT_ONCE)
        self.assert_answered(found, self.guests)
