# SPDX-License-Identifier: Apache-2.0
"""The dictionary of diagnostics before compute 2.48."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import ddt
import libvirt

from nova_ext import exception
from nova_ext.concurrency import bounded
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.diagnostics import legacy, readings
from tests.fixtures.libvirt import libvirt_error
from tests.unit.virt.libvirt import base

#: The entries of the NICs in :data:`COUNTERS`.
NIC_ENTRIES = {
    'tap1_rx': 1, 'tap1_rx_packets': 2, 'tap1_rx_errors': 3, 'tap1_rx_drop': 4,
    'tap1_tx': 5, 'tap1_tx_packets': 6, 'tap1_tx_errors': 7, 'tap1_tx_drop': 8,
    'tap2_rx': 9}

COUNTERS = {
    'tap1': {'rx.bytes': 1, 'rx.pkts': 2, 'rx.errs': 3, 'rx.drop': 4, 'tx.bytes': 5, 'tx.pkts': 6,
             'tx.errs': 7, 'tx.drop': 8},
    'tap2': {'rx.bytes': 9}}


@ddt.ddt
class TestCollect(base.GuestTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.queries = queries.Queries(lambda: libvirt.open('test:///default'), 5)

    def ask(self, question: Any) -> bounded.Call[Any]:
        """Begin to ask the guest."""
        return self.queries.ask_guest(self.domain.UUIDString(), question)

    def collect(self, ask: Any) -> tuple[dict[str, int], Any]:
        """Return the entries, and why some are missing."""
        reading = readings.Reader(self.queries).read(self.domain.UUIDString())
        sample = dataclasses.replace(reading.sample, nics=COUNTERS)
        return legacy.collect(dataclasses.replace(reading, sample=sample), 131072, ask)

    def test_responsive_guest_has_the_entries_of_novas_driver_in_its_order(self) -> None:
        entries, problem = self.collect(self.ask)
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

    @ddt.data(
        exception.NotResponding('no answer'), libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED))
    def test_unresponsive_guest_has_what_needs_no_monitor_and_the_reason(
            self, error: Exception) -> None:
        def ask(question: Any) -> None:
            raise error

        entries, problem = self.collect(ask)
        self.assertIs(error, problem)
        self.assertEqual(['cpu0_time', 'cpu1_time', *NIC_ENTRIES, 'memory'], list(entries))

    def test_guest_that_does_not_answer_in_time_has_what_needs_no_monitor(self) -> None:
        over = threading.Event()
        self.addCleanup(over.set)
        # Time enough for what libvirt answers by itself, on a busy machine, too.
        self.queries = queries.Queries(lambda: libvirt.open('test:///default'), 0.5)
        self.patch(libvirt.virDomain, 'blockStats', lambda *_: over.wait(20))
        entries, problem = self.collect(self.ask)
        self.assertIn('no answer from its QEMU', str(problem))
        self.assertEqual(['cpu0_time', 'cpu1_time', *NIC_ENTRIES, 'memory'], list(entries))

    def test_stopped_guest_has_no_cpu_or_disk_entries(self) -> None:
        self.domain.destroy()
        entries, problem = self.collect(self.ask)
        self.assertIsNone(problem)
        self.assertEqual([*NIC_ENTRIES, 'memory'], list(entries))
