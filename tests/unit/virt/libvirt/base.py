# SPDX-License-Identifier: Apache-2.0
"""Base classes of the tests that use libvirt's own test driver."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from nova_ext.objects import diagnostics as objects
from nova_ext.virt import sampling
from nova_ext.virt.libvirt import processes
from nova_ext.virt.libvirt.diagnostics import (
    bulk_reader,
    bulk_readings,
    collector,
    domain,
    domain_stats,
    memory,
    readings,
)
from tests.fixtures import clock, configuration, guest_processes, libvirt
from tests.unit import base, support


class GuestTestCase(base.TestCase):
    """A host of libvirt's test driver with one server, whose guest runs."""

    def setUp(self) -> None:
        super().setUp()
        self.libvirt = self.useFixture(libvirt.LibvirtConnection())
        self.connection = self.libvirt.connection
        self.host: Any = libvirt.FakeHost()
        self.domain = self.libvirt.define_guest()
        self.instance = support.instance(uuid=self.domain.UUIDString())

    def delete_guest(self) -> None:
        """Delete the server's guest, as by another client of libvirt."""
        self.domain.destroy()
        self.domain.undefine()


class CollectorTestCase(GuestTestCase):
    """A collector over the host, whose sampler waits on a fake clock.

    The guest's monitor may take as long as it needs on a busy machine.
    """

    #: Diagnostics of a server of which nothing is known.
    NOTHING_KNOWN = dict.fromkeys(objects.Diagnostics.fields)

    #: Its disks when none of their counters are known.
    UNREAD_DISKS: ClassVar[list[dict[str, Any]]] = [
        {**dict.fromkeys(objects.DiskDiagnostics.fields), **described} for described in (
            {'device': 'vda', 'bus': 'virtio', 'boot_index': 0}, {'device': 'hda', 'bus': 'ide'})]

    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.clock = self.useFixture(clock.Clock(
            bulk_reader, bulk_readings, memory, readings, sampling))
        self.processes = self.useFixture(guest_processes.GuestProcesses())
        self.make_collector(monitor_timeout=5)

    def make_collector(self, monitor_timeout: float) -> None:
        """Make a collector that waits so many seconds for a monitor."""
        self.conf.set_override('libvirt_timeout', monitor_timeout, 'nova_ext')
        self.collector = collector.Collector(self.host, self.conf, processes.Processes(
            self.processes.pid_files, self.processes.proc))

    def collect(self) -> objects.Diagnostics:
        """Collect the server's diagnostics."""
        return self.collector.collect(self.instance)

    def show_process(self, age: float) -> None:
        """Let the guest's QEMU be seen, started ``age`` seconds ago."""
        self.processes.show(self.domain.name(), self.domain.UUIDString(), 4321, age=age)

    def use_fake_monitor(self) -> FakeMonitor:
        """Let a fake monitor answer instead of the guest's."""
        monitor = FakeMonitor(self.clock)
        self.patch(domain_stats, 'slow', monitor)
        return monitor

    def assert_only_monitor_is_unanswered(self, found: objects.Diagnostics) -> None:
        """Assert that everything is known of a running guest that needs no monitor."""
        self.assertEqual('running', found.state)
        self.assertGreaterEqual(found.cpu_details[0].time, 0)
        self.assertEqual(2, found.num_disks)
        self.assertEqual(self.UNREAD_DISKS, support.values(found.disk_details))
        self.assertEqual({'maximum': 128, 'used': None}, support.values(found.memory_details))


class FakeMonitor:
    """Stands in for ``statistics.slow``: a guest whose balloon has just reported.

    The read bytes of its first disk are the number of questions so far.
    """

    def __init__(self, time: clock.Clock) -> None:
        """Take the clock that dates the balloon's reports."""
        self._time = time
        #: For each question whether it was about memory as well as about disks.
        self.memory_wanted: list[bool] = []
        #: The same about how long requests to disks took.
        self.times_wanted: list[bool] = []
        #: KiB.
        self.usable = 60000

    def __call__(
            self, connection: Any, domain: Any, disks: Sequence[str], *, balloon: bool,
            times: bool) -> dict[str, Any]:
        """Answer as ``statistics.slow`` does."""
        self.memory_wanted.append(balloon)
        self.times_wanted.append(times)
        found: dict[str, Any] = {
            'block.count': 2, 'block.0.name': 'vda', 'block.0.rd.bytes': len(self.memory_wanted),
            'block.1.name': 'hda'}
        if balloon:
            found.update({
                'balloon.current': 131072, 'balloon.available': 120000,
                'balloon.usable': self.usable, 'balloon.last-update': int(self._time.time())})
        return found


#: The disks and NICs of a guest.
DISKS = ('vda', 'hda')
NICS = (domain.Nic('fa:16:3e:00:00:01', 'tap1'),)

#: Reads some statistics of a guest, of a virConnect and a virDomain.
Read = Callable[[Any, Any], dict[str, Any]]


def read_quick(connection: Any, guest: Any) -> dict[str, Any]:
    """Call ``statistics.quick`` for all NICs of the guest."""
    return domain_stats.quick(connection, guest, NICS)


def read_slow(connection: Any, guest: Any) -> dict[str, Any]:
    """Call ``statistics.slow`` for everything."""
    return domain_stats.slow(connection, guest, DISKS, balloon=True, times=True)


def list_counters(answer: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the counters of each device, without its name should that be among them."""
    return {device: {name: value for name, value in counters.items() if name != 'name'}
            for device, counters in domain_stats.devices(answer, kind).items()}


class BulkConnection:
    """A connection with bulk statistics as QEMU's driver gives them."""

    def __init__(self, outcome: Any) -> None:
        """Take the statistics, or the error that is raised instead."""
        self._outcome = outcome
        #: The domains, groups and flags of each call.
        self.calls: list[tuple[Any, int, int]] = []

    def domainListGetStats(  # noqa: N802
            self, domains: list[Any], groups: int, flags: int) -> Any:
        """Answer as libvirt.virConnect does."""
        self.calls.append((domains, groups, flags))
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return [(domains[0], self._outcome)]


class StatisticsTestCase(GuestTestCase):
    """A running guest and the single calls about it, which libvirt's test driver needs.

    That driver has hardly any bulk statistics.
    """

    def setUp(self) -> None:
        super().setUp()
        #: Name and arguments of each single call about the guest.
        self.single_calls: list[tuple[Any, ...]] = []
        for name in ('state', 'interfaceStats', 'memoryStats', 'blockStats'):
            setattr(self.domain, name, self._recorded(name, getattr(self.domain, name)))

    def _recorded(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*arguments: Any) -> Any:
            self.single_calls.append((name, *arguments))
            return method(*arguments)

        return call
