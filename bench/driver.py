# SPDX-License-Identifier: Apache-2.0
"""Time per guest on the compute host: the plugin's collector against Nova's own driver.

Runs inside a host of the sandbox, where libvirtd is. Paused guests with 1, 2, 4, 8 and 16 disks
are asked about by both in turn, so that whatever else the machine does falls on both.

The limit is the slim bulk call, one for everything that QEMU and libvirt have to be asked for, and
the call for the vCPUs' times. QEMU has another report of a guest's memory every 10 seconds; what
is asked for in between is faster, and needs less than the bulk call. What is compared with Nova is
the answer of nova-ext 1.0, which has the same figures; that of 1.2 has more of them.
"""

from __future__ import annotations

import collections
import datetime
import functools
import pathlib
import sys
import tempfile
import time
import types
from collections.abc import Iterable, Iterator
from typing import Any

import libvirt
from nova import conf, objects
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import host as nova_host

from bench import rounds
from bench.figures import Figure
from nova_ext import conf as nova_ext_conf
from nova_ext.virt.libvirt.diagnostics import collector, memory

DISKS = (1, 2, 4, 8, 16)
GUESTS_OF_A_KIND = 6
ROUNDS = 25

#: How many times as fast as Nova's it has to be, by number of disks.
AT_LEAST = {1: 1.0, 16: 8.0}

#: How many times as long as the limit it may take, with two disks or more.
AT_MOST = 1.3

URI = 'qemu:///system'

_SLIM = (libvirt.VIR_DOMAIN_STATS_STATE | libvirt.VIR_DOMAIN_STATS_INTERFACE
         | libvirt.VIR_DOMAIN_STATS_BLOCK | libvirt.VIR_DOMAIN_STATS_BALLOON)

_DOMAIN = """
<domain type='qemu'><name>bench-{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>{disks}
<controller type='scsi' model='virtio-scsi'/>
<interface type='ethernet'><mac address='52:54:00:00:{high:02x}:{low:02x}'/>
<model type='virtio'/></interface>
<memballoon model='virtio'><stats period='10'/></memballoon></devices></domain>"""

_DISK = ("<disk type='file' device='disk'><driver name='qemu' type='raw'/>"
         "<source file='{file}'/><target dev='sd{letter}' bus='scsi'/></disk>")


def main() -> None:
    """Report a figure for each number of disks, with memory that is known and that is due."""
    connection = libvirt.open(URI)
    with tempfile.TemporaryDirectory(prefix='bench-') as folder:
        pathlib.Path(folder).chmod(0o711)  # QEMU is not root
        guests: dict[int, list[Any]] = collections.defaultdict(list)
        try:
            for disks, instance in start_guests(
                    connection, pathlib.Path(folder), DISKS * GUESTS_OF_A_KIND):
                guests[disks].append(instance)
            asking = Asking(connection)
            for disks, instances in guests.items():
                print(f'  {disks} disks', file=sys.stderr, flush=True)
                asking.compare(disks, instances)
        finally:
            destroy_guests(connection)


class Asking:
    """The ways to ask about a guest."""

    def __init__(self, connection: Any) -> None:
        """Make Nova's driver and two collectors; one never knows how much memory is used."""
        conf.CONF([], project='nova', default_config_files=[])
        nova_ext_conf.register_opts(conf.CONF)
        objects.register_all()
        self._connection = connection
        host = nova_host.Host(URI)
        self._nova = object.__new__(nova_driver.LibvirtDriver)
        self._nova._host = host
        self._collector, self._fresh = (
            collector.Collector(host, conf.CONF) for _ in range(2))

    def compare(self, disks: int, instances: list[Any]) -> None:
        """Report what asking about some guests costs.

        :param disks: how many each has
        """
        for asked in (self._collector, self._fresh):
            asked.sampler.sample_once()
        time.sleep(0.6)  # old enough for a window
        taken: dict[str, list[float]] = collections.defaultdict(list)
        for instance in instances:
            domain = self._connection.lookupByUUIDString(instance.uuid)
            found = rounds.compare({
                'nova': functools.partial(self._nova.get_instance_diagnostics, instance),
                'ours': functools.partial(self._collector.collect, instance, '1.0'),
                'detailed': functools.partial(self._collector.collect, instance),
                'due': functools.partial(self._collect_due, instance),
                'limit': functools.partial(self._ask_slim, domain)}, ROUNDS)
            for way, times in found.items():
                taken[way] += times
        median = rounds.medians(taken)
        for way, state in (
                ('ours', ''), ('detailed', ', nova-ext 1.2'), ('due', ', memory due')):
            Figure(f'diagnostics of a guest, on its host, {disks} disk{"s"[:disks - 1]}{state}',
                   median['nova'], median[way], median['limit'],
                   # Nova asks neither for memory nor for what 1.2 adds.
                   None if state else AT_LEAST.get(disks),
                   AT_MOST if disks > 1 else None).report()

    def _collect_due(self, instance: Any) -> None:
        self._fresh._memory = memory.MemoryReports()
        self._fresh.collect(instance, '1.0')

    def _ask_slim(self, domain: Any) -> None:
        self._connection.domainListGetStats([domain], _SLIM, 0)
        domain.vcpus()


def destroy_guests(connection: Any) -> None:
    """End all guests."""
    for domain in connection.listAllDomains():
        if domain.name().startswith('bench-'):
            domain.destroy()


def start_guests(
        connection: Any, folder: pathlib.Path, numbers: Iterable[int],
) -> Iterator[tuple[int, Any]]:
    """Start guests; each with its number of disks and what the drivers need of an instance.

    :param numbers: of disks of each
    """
    for number, disks in enumerate(numbers):
        files = [folder / f'{number}-{disk}.raw' for disk in range(disks)]
        for file in files:
            file.touch()
            file.write_bytes(bytes(512))
        domain = connection.createXML(_DOMAIN.format(
            name=number, high=number // 256, low=number % 256, disks=''.join(
                _DISK.format(file=file, letter=chr(ord('a') + disk))
                for disk, file in enumerate(files))), libvirt.VIR_DOMAIN_START_PAUSED)
        yield disks, types.SimpleNamespace(
            uuid=domain.UUIDString(), name=domain.name(), config_drive=False,
            launched_at=datetime.datetime.now(datetime.timezone.utc),
            get=lambda name, default=None: default, obj_attr_is_set=lambda name: False,
            image_meta=objects.ImageMeta.from_dict({}))


if __name__ == '__main__':
    main()
