# SPDX-License-Identifier: Apache-2.0
"""All guests of a host at once: against as many requests for one, and against libvirt alone.

Runs inside a host of the sandbox, where libvirtd is, with 200 paused guests of one disk and one
NIC each. Each way is taken in turn, and both the time and the CPU time of this process are
measured, which stands for nova-compute.

The limit is libvirt's own bulk call for the same groups, with nothing made of what it returns.
"""

from __future__ import annotations

import collections
import pathlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import libvirt
from nova import conf, objects
from nova.virt.libvirt import host as nova_host

from bench import driver, rounds
from bench.figures import Figure
from nova_ext import conf as nova_ext_conf
from nova_ext.compute import host_diagnostics
from nova_ext.virt.libvirt.diagnostics import collector

GUESTS = 200
ROUNDS = 7

#: Milliseconds that all of them may take.
MOST = 500.0

#: How many times the CPU time of as many single requests it has to save.
AT_LEAST = 5.0

#: Percent of one core that the sampler may use.
MOST_SAMPLING = 3.0

_SLOW = libvirt.VIR_DOMAIN_STATS_BLOCK | libvirt.VIR_DOMAIN_STATS_BALLOON
_QUICK = libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE


def main() -> None:
    """Report time and CPU time, and what the sampler takes."""
    connection = libvirt.open(driver.URI)
    with tempfile.TemporaryDirectory(prefix='bench-') as folder:
        pathlib.Path(folder).chmod(0o711)  # QEMU is not root
        try:
            guests = [instance for _, instance in driver.start_guests(
                connection, pathlib.Path(folder), [1] * GUESTS)]
            print(f'  {len(guests)} guests', file=sys.stderr, flush=True)
            Asking(connection, guests).compare()
        finally:
            driver.destroy_guests(connection)


class Asking:
    """The ways to ask about all guests."""

    def __init__(self, connection: Any, guests: list[Any]) -> None:
        """Make a collector."""
        conf.CONF([], project='nova', default_config_files=[])
        nova_ext_conf.register_opts(conf.CONF)
        objects.register_all()
        self._connection, self._guests = connection, guests
        self._domains = [connection.lookupByUUIDString(guest.uuid) for guest in guests]
        self._uuids = [guest.uuid for guest in guests]
        self._collector = collector.Collector(nova_host.Host(driver.URI), conf.CONF)

    def compare(self) -> None:
        """Report what asking about the guests costs."""
        self._collector.sampler.sample_once()
        time.sleep(0.6)  # old enough for a window
        taken, used = _measure({
            'single': self._collect_each, 'bulk': self._collect_all, 'due': self._collect_due,
            'libvirt': self._ask_libvirt, 'libvirt-disks': self._ask_libvirt_for_disks,
            'sampler': self._collector.sampler.sample_once})
        for way, limit, state in (('bulk', 'libvirt-disks', ''),
                                  ('due', 'libvirt', ', memory due')):
            Figure(f'diagnostics of {GUESTS} guests at once{state}', taken['single'], taken[way],
                   taken[limit], within=MOST).report()
            Figure(f'diagnostics of {GUESTS} guests at once{state}, CPU time', used['single'],
                   used[way], used[limit],
                   # In single requests memory is seldom due.
                   None if state else AT_LEAST).report()
        interval = 1000 * conf.CONF.nova_ext.sample_interval
        Figure(f'a round of the sampler, {GUESTS} guests, CPU time', used['single'],
               used['sampler'], within=interval * MOST_SAMPLING / 100).report()

    def _collect_each(self) -> None:
        for guest in self._guests:
            self._collector.collect(guest).obj_to_primitive()

    def _collect_all(self) -> None:
        found = self._collector.bulk.collect_many(self._uuids)
        host_diagnostics.encode(found, '1.1', {})
        hung = [uuid for uuid, one in found.items() if not one.responding]
        if hung:
            raise RuntimeError(f'{len(hung)} guests did not answer')

    def _collect_due(self) -> None:
        reports = self._collector._memory
        with reports._lock:
            reports._readings = {}
        self._collect_all()

    def _ask_libvirt(self) -> None:
        self._connection.domainListGetStats(self._domains, _QUICK | _SLOW, 0)

    def _ask_libvirt_for_disks(self) -> None:
        self._connection.domainListGetStats(
            self._domains, _QUICK | libvirt.VIR_DOMAIN_STATS_BLOCK, 0)


def _measure(
        ways: Mapping[str, Callable[[], object]]) -> tuple[dict[str, float], dict[str, float]]:
    """The medians of the time and of this process's CPU time of each way, in milliseconds."""
    order = random.Random(ROUNDS)  # noqa: S311
    taken: dict[str, list[float]] = collections.defaultdict(list)
    used: dict[str, list[float]] = collections.defaultdict(list)
    for _ in range(ROUNDS):
        for name in order.sample(sorted(ways), len(ways)):
            began, began_cpu = time.perf_counter(), time.process_time()
            ways[name]()
            used[name].append(1000 * (time.process_time() - began_cpu))
            taken[name].append(1000 * (time.perf_counter() - began))
    return rounds.medians(taken), rounds.medians(used)


if __name__ == '__main__':
    main()
