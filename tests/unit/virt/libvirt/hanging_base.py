# SPDX-License-Identifier: Apache-2.0
"""What the tests of hosts on which something hangs share."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from typing import Any, Optional

from nova import exception as nova_exception

from nova_ext.concurrency import patience
from nova_ext.objects import diagnostics as objects
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import processes, queries
from nova_ext.virt.libvirt.diagnostics import (
    bulk_reader,
    bulk_readings,
    collector,
    memory,
    readings,
)
from tests.fixtures import clock, configuration, fake_libvirtd
from tests.unit import base, support
from tests.unit.concurrency import bounded_base

#: Seconds that a request may take on a busy machine beside what it waits.
SLACK = 1.5

#: A request that takes fewer seconds has not waited for what hangs.
AT_ONCE = 0.9

#: The calls that may hang, beside those that are being answered, however many guests hang.
MOST_HANGING = queries.GUEST_LIMIT + queries.AGENT_LIMIT + queries.SWITCH_LIMIT


class Answer:
    """What came of a request for diagnostics."""

    def __init__(self, found: Optional[objects.Diagnostics], seconds: float) -> None:
        #: None: the hypervisor is unavailable.
        self.found = found
        #: How long it took.
        self.seconds = seconds


class HangingTestCase(base.TestCase):
    """A collector over the guests of a fake libvirtd."""

    #: Seconds that libvirt and guests have to answer.
    timeout = 1.0

    def setUp(self) -> None:
        super().setUp()
        support.instance()  # the first one takes seconds
        self.libvirtd = self.useFixture(fake_libvirtd.FakeLibvirtd())
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.clock = self.useFixture(clock.Clock(
            bulk_reader, bulk_readings, memory, readings, sampling))
        self.make_collector(libvirt_timeout=self.timeout)

    def make_collector(self, **options: Any) -> None:
        """Make a collector with some of the options of nova-ext."""
        for name, value in options.items():
            self.conf.set_override(name, value, 'nova_ext')
        self.collector = collector.Collector(
            self.libvirtd, self.conf,
            processes.Processes(
                self.libvirtd.processes.pid_files, self.libvirtd.processes.proc))

    def collect(self, guest: fake_libvirtd.Guest) -> objects.Diagnostics:
        """Return the diagnostics of a guest."""
        return self.collector.collect(support.instance(uuid=guest.uuid))

    def collect_all(self, guests: Iterable[fake_libvirtd.Guest]) -> list[Answer]:
        """Return the diagnostics of some guests, all asked for at the same time."""
        answers: dict[int, Answer] = {}

        def ask(number: int, guest: fake_libvirtd.Guest) -> None:
            answers[number] = self._ask(guest)

        threads = [bounded_base.start_thread(ask, number, guest)
                   for number, guest in enumerate(guests)]
        for thread in threads:
            thread.join(30)
        return [answers[number] for number in range(len(threads))]

    def _ask(self, guest: fake_libvirtd.Guest) -> Answer:
        found: Optional[objects.Diagnostics] = None
        began = time.monotonic()
        try:
            found = self.collect(guest)
        except nova_exception.HypervisorUnavailable:
            pass
        return Answer(found, time.monotonic() - began)

    def be_patient(self) -> None:
        """Let all have long to answer from now on, as the machine may be busy."""
        asked = self.collector.queries
        for calls in (asked._libvirt, asked._alive, asked._about, asked._about_all, asked._guests,
                      asked._agents, asked._switch):
            calls._bounds = dataclasses.replace(
                calls._bounds, timeout=30, patience=patience.Patience(1000))

    def assert_complete(self, found: Any) -> None:
        """Assert that everything is known that the fake libvirtd has to say."""
        self.assertEqual('running', found.state)
        self.assertEqual([10**9, 2 * 10**9], [cpu.time for cpu in found.cpu_details])
        self.assertEqual([512, 1024], [disk.read_bytes for disk in found.disk_details])
        self.assertEqual([7] * len(found.nic_details),
                         [nic.rx_octets for nic in found.nic_details])

    def assert_disks_unknown(self, found: Any) -> None:
        """Assert that all is known but what only the guest's QEMU can say."""
        self.assertEqual('running', found.state)
        self.assertEqual([10**9, 2 * 10**9], [cpu.time for cpu in found.cpu_details])
        self.assertEqual([None, None], [disk.read_bytes for disk in found.disk_details])
        self.assertEqual([7] * len(found.nic_details),
                         [nic.rx_octets for nic in found.nic_details])
