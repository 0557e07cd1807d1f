# SPDX-License-Identifier: Apache-2.0
"""Reading statistics by libvirt's bulk call, and what it leaves out by single calls."""

from __future__ import annotations

import itertools
import types
from typing import Any

import ddt
import libvirt

from nova_ext.virt.libvirt.diagnostics import domain_stats
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import base

STATE = libvirt.VIR_DOMAIN_STATS_STATE
INTERFACE = libvirt.VIR_DOMAIN_STATS_INTERFACE
BALLOON = libvirt.VIR_DOMAIN_STATS_BALLOON
BLOCK = libvirt.VIR_DOMAIN_STATS_BLOCK

#: Complete answers, as far as it matters for what else is asked.
QUICK = {'state.state': 1, 'state.reason': 1, 'net.count': 0}
SLOW = {'balloon.current': 131072, 'block.count': 2}


@ddt.ddt
class TestBulk(base.StatisticsTestCase):
    @ddt.data(
        (base.read_quick, STATE | INTERFACE, QUICK), (base.read_slow, BALLOON | BLOCK, SLOW))
    @ddt.unpack
    def test_one_call_reads_all_groups_of_this_guest_alone(
            self, read: base.Read, groups: int, answer: dict[str, Any]) -> None:
        bulk = base.BulkConnection(answer)
        self.assertEqual(answer, read(bulk, self.domain))
        self.assertEqual([([self.domain], groups, 0)], bulk.calls)
        self.assertEqual([], self.single_calls)

    @ddt.data(base.read_quick, base.read_slow)
    def test_domain_itself_is_passed_and_not_a_proxy_of_it(self, read: base.Read) -> None:
        bulk = base.BulkConnection({**QUICK, **SLOW})
        read(bulk, types.SimpleNamespace(_obj=self.domain))
        self.assertEqual([self.domain], bulk.calls[0][0])

    @ddt.data(*itertools.product(
        (base.read_quick, base.read_slow),
        (libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_OPERATION_FAILED)))
    @ddt.unpack
    def test_other_errors_are_raised(self, read: base.Read, code: int) -> None:
        with self.assert_raises(libvirt.libvirtError) as caught:
            read(base.BulkConnection(libvirt_error(code)), self.domain)
        self.assertEqual(code, caught.exception.get_error_code())


@ddt.ddt(testNameFormat=ddt.TestNameFormat.INDEX_ONLY)
class TestCallsToQemu(base.StatisticsTestCase):
    """No more is asked than is wanted, whatever number of disks there is."""

    @ddt.data(
        ((), False, True, []),
        ((), True, True, [BALLOON]),
        (('hda',), False, True, [BLOCK]),
        (('hda',), True, True, [BALLOON | BLOCK]),
        (base.DISKS, False, True, [BLOCK]),
        (base.DISKS, True, True, [BALLOON | BLOCK]),
        (base.DISKS, False, False, [BLOCK]),
        (base.DISKS, True, False, [BALLOON | BLOCK]))
    @ddt.unpack
    def test_one_call_reads_what_is_wanted(
            self, disks: tuple[str, ...], balloon: bool, times: bool, groups: list[int]) -> None:
        given: dict[str, Any] = {'balloon.current': 131072} if balloon else {}
        if disks:
            given.update({'block.count': len(disks), **{
                f'block.{number}.name': disk for number, disk in enumerate(disks)}})
        bulk = base.BulkConnection(given)
        answer = domain_stats.slow(bulk, self.domain, disks, balloon=balloon, times=times)
        self.assertEqual([([self.domain], each, 0) for each in groups], bulk.calls)
        self.assertEqual([], self.single_calls)
        self.assertIs(balloon, 'balloon.current' in answer)
        self.assertEqual(set(disks), domain_stats.devices(answer, 'block').keys())

    @ddt.data((False, []), (True, [BALLOON]))
    @ddt.unpack
    def test_counters_of_one_disk_without_times_cost_one_question(
            self, balloon: bool, groups: list[int]) -> None:
        bulk = base.BulkConnection({'balloon.current': 131072})
        answer = domain_stats.slow(bulk, self.domain, ('hda',), balloon=balloon, times=False)
        self.assertEqual(groups, [each for _, each, _ in bulk.calls])
        self.assertEqual([('blockStats', 'hda')], self.single_calls)
        self.assertEqual({'hda'}, domain_stats.devices(answer, 'block').keys())

    def test_waits_of_vcpus_are_never_asked_of_qemu(self) -> None:
        bulk = base.BulkConnection({**QUICK, **SLOW})
        base.read_quick(bulk, self.domain)
        base.read_slow(bulk, self.domain)
        for _, groups, _ in bulk.calls:
            self.assertFalse(groups & libvirt.VIR_DOMAIN_STATS_VCPU)

    def test_disks_have_their_times(self) -> None:
        answer = domain_stats.slow(base.BulkConnection({
            'block.count': 1, 'block.0.name': 'vda', 'block.0.rd.times': 5, 'block.0.wr.times': 6,
            'block.0.fl.reqs': 7, 'block.0.fl.times': 8}), self.domain, ('vda',), balloon=False,
            times=True)
        self.assertEqual(
            {'rd.times': 5, 'wr.times': 6, 'fl.reqs': 7, 'fl.times': 8},
            domain_stats.devices(answer, 'block')['vda'])

    def test_names_by_single_calls_are_those_of_the_bulk_call(self) -> None:
        answer = domain_stats.slow(
            base.BulkConnection({}), self.domain, ('vda',), balloon=False, times=True)
        self.assertEqual('vda', answer['block.0.name'])
        self.assertLessEqual(
            {f'block.0.{counter}' for counter in ('rd.reqs', 'rd.bytes', 'wr.reqs', 'wr.bytes')},
            answer.keys())


class TestMissingGroups(base.StatisticsTestCase):
    """What the bulk call gives is kept, and nothing is asked twice."""

    def test_missing_network_is_read(self) -> None:
        answer = base.read_quick(
            base.BulkConnection({'state.state': 3, 'state.reason': 7}), self.domain)
        self.assertEqual((3, 7), (answer['state.state'], answer['state.reason']))
        self.assertGreaterEqual(domain_stats.devices(answer, 'net')['tap1']['rx.bytes'], 0)
        self.assertEqual([('interfaceStats', 'tap1')], self.single_calls)

    def test_missing_state_is_read(self) -> None:
        answer = base.read_quick(
            base.BulkConnection({'net.count': 1, 'net.0.name': 'tap7'}), self.domain)
        self.assertEqual(libvirt.VIR_DOMAIN_RUNNING, answer['state.state'])
        self.assertIsInstance(answer['state.reason'], int)
        self.assertEqual({'tap7': {}}, base.list_counters(answer, 'net'))
        self.assertEqual([('state',)], self.single_calls)

    def test_missing_disks_are_read(self) -> None:
        answer = base.read_slow(base.BulkConnection({'balloon.current': 7}), self.domain)
        self.assertEqual(7, answer['balloon.current'])
        self.assertEqual(set(base.DISKS), domain_stats.devices(answer, 'block').keys())
        self.assertEqual([('blockStats', 'vda'), ('blockStats', 'hda')], self.single_calls)

    def test_missing_balloon_is_read(self) -> None:
        answer = base.read_slow(
            base.BulkConnection({'block.count': 1, 'block.0.name': 'vdz'}), self.domain)
        self.assertEqual(131072, answer['balloon.current'])
        self.assertEqual({'vdz': {}}, base.list_counters(answer, 'block'))
        self.assertEqual([('memoryStats',)], self.single_calls)

    def test_libvirts_test_driver_leaves_out_all_but_the_state(self) -> None:
        self.assertEqual(
            {'tap1'}, domain_stats.devices(
                base.read_quick(self.domain.connect(), self.domain), 'net').keys())
        answer = base.read_slow(self.domain.connect(), self.domain)
        self.assertEqual(131072, answer['balloon.current'])
        self.assertEqual(set(base.DISKS), domain_stats.devices(answer, 'block').keys())
        self.assertEqual(
            [('interfaceStats', 'tap1'), ('memoryStats',),
             ('blockStats', 'vda'), ('blockStats', 'hda')],
            self.single_calls)

    def test_missing_network_of_stopped_guest_is_not_read(self) -> None:
        given = {'state.state': libvirt.VIR_DOMAIN_SHUTOFF, 'state.reason': 1}
        self.assertEqual(given, base.read_quick(base.BulkConnection(given), self.domain))
        self.assertEqual([], self.single_calls)
