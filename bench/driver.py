# SPDX-License-Identifier: Apache-2.0
"""Time per guest on the compute host: the plugin's collector against Nova's own driver.

Runs inside a host of the sandbox, where libvirtd is. Sixty paused guests, a fifth of them with
1, 2, 4, 8 and 16 disks each, are asked about by both in turn, so that whatever else the machine
does falls on both.
"""

from __future__ import annotations

import datetime
import functools
import pathlib
import statistics
import tempfile
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import libvirt
from nova import conf, objects
from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import host as nova_host

from nova_ext import conf as nova_ext_conf
from nova_ext.virt.libvirt.diagnostics import collector, memory

DISKS = (1, 2, 4, 8, 16)
GUESTS_OF_A_KIND = 12
ROUNDS = 15

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
    """Print milliseconds per guest and the ratio, by number of disks."""
    conf.CONF([], project='nova')
    nova_ext_conf.register_opts(conf.CONF)
    objects.register_all()
    host = nova_host.Host('qemu:///system')
    stock_driver = object.__new__(nova_driver.LibvirtDriver)
    stock_driver._host = host
    collector, fresh = (collector.Collector(host, conf.CONF) for _ in range(2))
    with tempfile.TemporaryDirectory(prefix='bench-') as folder:
        pathlib.Path(folder).chmod(0o711)  # QEMU is not root
        connection = libvirt.open('qemu:///system')
        guests = list(_guests(connection, pathlib.Path(folder)))
        try:
            print(f'{len(guests)} paused guests, median of {ROUNDS} rounds, ms per guest')
            print('"first" is the first question within a period of the balloon (10 s)')
            print(f'{"disks":>6}{"Nova":>9}{"nova-ext":>10}{"ratio":>8}{"first":>9}{"ratio":>8}')
            for disks in DISKS:
                instances = [instance for count, instance in guests if count == disks]
                collector.sampler.sample_once()
                fresh.sampler.sample_once()
                time.sleep(0.6)  # old enough for a window
                nova, ours, first = _compare(
                    instances, stock_driver.get_instance_diagnostics, collector.collect,
                    functools.partial(_collect_first, fresh))
                print(f'{disks:6}{nova:9.2f}{ours:10.2f}{nova / ours:8.2f}{first:9.2f}'
                      f'{nova / first:8.2f}', flush=True)
        finally:
            for domain in connection.listAllDomains():
                if domain.name().startswith('bench-'):
                    domain.destroy()


def _guests(connection: Any, folder: pathlib.Path) -> Iterator[tuple[int, Any]]:
    """Start the guests; each with its number of disks and what the drivers need of an instance."""
    for number in range(len(DISKS) * GUESTS_OF_A_KIND):
        disks = DISKS[number % len(DISKS)]
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
            get=lambda name, default=None: default,
            image_meta=objects.ImageMeta.from_dict({}))


def _collect_first(collector: collector.Collector, instance: Any) -> Any:
    """Collect as if nobody had asked about the guest before."""
    collector._memory = memory.MemoryReports()
    return collector.collect(instance)


def _compare(instances: list[Any], *ways: Callable[[Any], Any]) -> list[float]:
    """Median milliseconds per guest of each way, taken in turn."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for instance in instances:
            for way, times in zip(ways, taken):
                began = time.perf_counter()
                way(instance)
                times.append(1000 * (time.perf_counter() - began))
    return [statistics.median(times) for times in taken]


if __name__ == '__main__':
    main()
