# SPDX-License-Identifier: Apache-2.0
"""Reading statistics by single calls to libvirt's test driver, without bulk statistics."""

from __future__ import annotations

import types
from typing import Any

import ddt
import libvirt

from nova_ext.virt.libvirt.diagnostics import domain, domain_stats
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import base


@ddt.ddt
class TestSingleCalls(base.StatisticsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.without_bulk = base.BulkConnection(libvirt_error(libvirt.VIR_ERR_NO_SUPPORT))

    def test_state_and_network_have_the_names_of_the_bulk_statistics(self) -> None:
        answer = base.read_quick(self.without_bulk, self.domain)
        self.assertEqual(libvirt.VIR_DOMAIN_RUNNING, answer.pop('state.state'))
        self.assertIsInstance(answer.pop('state.reason'), int)
        self.assertEqual('tap1', answer.pop('net.0.name'))
        self.assertEqual(
            {f'net.0.{way}.{counter}' for way in ('rx', 'tx')
             for counter in ('bytes', 'pkts', 'errs', 'drop')},
            answer.keys())
        for value in answer.values():
            self.assertGreaterEqual(value, 0)

    def test_memory_and_disks_have_the_names_of_the_bulk_statistics(self) -> None:
        answer = base.read_slow(self.without_bulk, self.domain)
        self.assertEqual(131072, answer['balloon.current'])
        self.assertGreater(answer['balloon.last-update'], 0)
        self.assertEqual('vda', answer['block.0.name'])
        self.assertEqual('hda', answer['block.1.name'])
        self.assertLessEqual(
            {'balloon.available', 'balloon.unused', 'balloon.usable',
             'block.0.rd.reqs', 'block.0.rd.bytes', 'block.0.wr.reqs', 'block.0.wr.bytes'},
            answer.keys())

    def test_nics_without_device_and_those_of_open_vswitch_are_not_read(self) -> None:
        answer = domain_stats.quick(self.without_bulk, self.domain, (
            domain.Nic(None, None), domain.Nic(None, 'vhu1', vhost_user=True), *base.NICS))
        self.assertEqual({'tap1'}, base.list_counters(answer, 'net').keys())
        self.assertEqual([('state',), ('interfaceStats', 'tap1')], self.single_calls)

    def test_other_disks_are_read_when_one_fails(self) -> None:
        read_disk = self.domain.blockStats

        def block_stats(disk: str) -> Any:
            if disk == 'vda':
                raise libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)
            return read_disk(disk)

        self.domain.blockStats = block_stats
        counters = base.list_counters(base.read_slow(self.without_bulk, self.domain), 'block')
        self.assertEqual({}, counters['vda'])
        self.assertGreaterEqual(counters['hda']['rd.bytes'], 0)

    def test_stopped_guest_has_its_state_and_the_names_of_its_disks(self) -> None:
        stopped = self.libvirt.define_guest(running=False)
        answer = base.read_quick(self.without_bulk, stopped)
        self.assertEqual({'state.state', 'state.reason'}, answer.keys())
        self.assertEqual(libvirt.VIR_DOMAIN_SHUTOFF, answer['state.state'])
        self.assertEqual(
            {'block.0.name': 'vda', 'block.1.name': 'hda'},
            base.read_slow(self.without_bulk, stopped))

    @ddt.data(False, True)
    def test_deleted_guest_raises(self, has_bulk: bool) -> None:
        connection = self.domain.connect() if has_bulk else self.without_bulk
        self.delete_guest()
        with self.assert_raises(libvirt.libvirtError) as caught:
            base.read_quick(connection, self.domain)
        self.assertEqual(libvirt.VIR_ERR_NO_DOMAIN, caught.exception.get_error_code())

    def test_deleted_guest_missing_in_bulk_statistics_raises(self) -> None:
        self.delete_guest()
        with self.assert_raises(libvirt.libvirtError):
            base.read_quick(
                types.SimpleNamespace(domainListGetStats=lambda *arguments: []), self.domain)

    def test_counter_of_minus_one_is_left_out(self) -> None:
        self.domain.blockStats = lambda disk: [1, 512, -1, 0, -1]
        answer = base.read_slow(self.without_bulk, self.domain)
        self.assertEqual(
            {'rd.reqs': 1, 'rd.bytes': 512, 'wr.bytes': 0},
            base.list_counters(answer, 'block')['vda'])
