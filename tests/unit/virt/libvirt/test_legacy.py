# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import ddt
import libvirt

from nova_ext import exception
from nova_ext.virt.libvirt import bounded, legacy, monitors, statistics
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import base


class UnresponsiveMonitors(monitors.Monitors):
    """No guest answers, or none can even be asked."""

    def __init__(self, can_ask: bool) -> None:
        super().__init__(lambda: None, 1)
        self._can_ask = can_ask

    def ask(self, uuid: str, question: Any) -> bounded.Call[Any]:
        if self._can_ask:
            return bounded.Call(0)
        raise exception.GuestNotResponding('no answer')


#: The entries of :data:`NICS`.
NIC_ENTRIES = {
    'tap1_rx': 1, 'tap1_rx_packets': 2, 'tap1_rx_errors': 3, 'tap1_rx_drop': 4,
    'tap1_tx': 5, 'tap1_tx_packets': 6, 'tap1_tx_errors': 7, 'tap1_tx_drop': 8,
    'tap2_rx': 9}

NICS = {
    'state.state': 1, 'net.count': 2,
    'net.0.name': 'tap1', 'net.0.rx.bytes': 1, 'net.0.rx.pkts': 2, 'net.0.rx.errs': 3,
    'net.0.rx.drop': 4, 'net.0.tx.bytes': 5, 'net.0.tx.pkts': 6, 'net.0.tx.errs': 7,
    'net.0.tx.drop': 8,
    'net.1.name': 'tap2', 'net.1.rx.bytes': 9}


@ddt.ddt
class TestCollect(base.GuestTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(statistics, 'quick', lambda guest: dict(NICS))
        self.monitors = monitors.Monitors(lambda: libvirt.open('test:///default'), 5)

    def test_responsive_guest_has_the_entries_of_novas_driver_in_its_order(self) -> None:
        entries, problem = legacy.collect(self.guest, self.monitors)
        self.assertIsNone(problem)
        disk = ['read_req', 'read', 'write_req', 'write', 'errors']
        self.assertEqual(
            ['cpu0_time', 'cpu1_time', *(f'vda_{name}' for name in disk),
             *(f'hda_{name}' for name in disk), *NIC_ENTRIES, 'memory'],
            list(entries)[:22])
        self.assertEqual(NIC_ENTRIES, {name: entries[name] for name in NIC_ENTRIES})
        self.assertEqual(131072, entries['memory'])
        self.assertEqual(
            {f'memory-{name}': value for name, value in self.domain.memoryStats().items()},
            {name: value for name, value in entries.items() if name.startswith('memory-')})

    @ddt.data(True, False)
    def test_unresponsive_guest_has_what_needs_no_monitor_and_the_reason(
            self, can_ask: bool) -> None:
        entries, problem = legacy.collect(self.guest, UnresponsiveMonitors(can_ask))
        self.assertIsInstance(problem, exception.GuestNotResponding)
        self.assertIn('no answer', str(problem))
        self.assertEqual(['cpu0_time', 'cpu1_time', *NIC_ENTRIES, 'memory'], list(entries))

    def test_stopped_guest_has_no_cpu_or_disk_entries(self) -> None:
        entries, problem = legacy.collect(self.define_stopped_guest(), self.monitors)
        self.assertIsNone(problem)
        self.assertEqual([*NIC_ENTRIES, 'memory'], list(entries))

    def test_failure_to_connect_leaves_what_needs_no_monitor(self) -> None:
        def connect() -> Any:
            raise libvirt_error(libvirt.VIR_ERR_RPC)

        entries, problem = legacy.collect(self.guest, monitors.Monitors(connect, 5))
        self.assertIsInstance(problem, libvirt.libvirtError)
        self.assertEqual(['cpu0_time', 'cpu1_time', *NIC_ENTRIES, 'memory'], list(entries))


class TestDeletedGuest(base.GuestTestCase):
    def test_deleted_guest_raises(self) -> None:
        self.delete_guest()
        with self.assert_raises(libvirt.libvirtError) as caught:
            legacy.collect(self.guest, UnresponsiveMonitors(can_ask=False))
        self.assertEqual(libvirt.VIR_ERR_NO_DOMAIN, caught.exception.get_error_code())
