# SPDX-License-Identifier: Apache-2.0
"""Time of live migrations with 1 MiB of console history, with an empty log, and with stock Nova.

One guest goes to and fro between hosts 1 and 2. With the plugin its log is full and empty in turn,
so that whatever else the machine does falls on both. For stock both hosts are restarted with
Nova's own driver, which costs a minute; blocks of it and of the plugin take turns.
"""

from __future__ import annotations

import os
import re
import statistics
import time

from sandbox.client.api import Api
from sandbox.client.compute import ComputeHost
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured

HOSTS = (1, 2)
STOCK = '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver'
ROUNDS = 2

#: Whether the log is full, in each migration of a block: as often on the way there as back.
FULL = (True, False, False, True) * 2


def main() -> None:
    """Print the median of each way, and what they take more than the first."""
    api = Api()
    taken: dict[str, list[float]] = {}
    marks = {number: log_size(number) for number in HOSTS}
    guest = Guest.boot(api, host=1)
    try:
        with reconfigured({}) as hosts:
            for _ in range(ROUNDS):
                for way, options in (('stock', STOCK), ('nova-ext', '')):
                    hosts.change(dict.fromkeys(HOSTS, options))
                    for full in FULL:
                        name = f'{way}, {"1 MiB" if full else "empty"}'
                        taken.setdefault(name, []).append(migration(guest, full=full))
    finally:
        guest.delete()
    print('live migration, seconds')
    for name, times in taken.items():
        print(f'{name:16} median {statistics.median(times):.2f}  least {min(times):.2f}  '
              f'most {max(times):.2f}  of {len(times)}')
    sent = [float(found) for number in HOSTS for found in re.findall(
        r' \d{7} bytes of console history went with the server to \S+ in ([\d.]+) s',
        log_since(number, marks[number]))]
    print(f'spent in sending 1 MiB: median {statistics.median(sent):.2f}  most {max(sent):.2f}  '
          f'of {len(sent)}')


def migration(guest: Guest, *, full: bool) -> float:
    """Seconds that a live migration takes, of a guest whose log is full or empty."""
    newest = guest.console_log()
    for file in newest.parent.glob('console.log*'):
        os.truncate(file, 0)
    if full:
        with newest.open('ab') as log:
            log.write(b'\n' + os.urandom(512 * 1024).hex().encode() + b'\n')
    there = sum(HOSTS) - guest.host.number
    began = time.perf_counter()
    guest.act('os-migrateLive', {'host': f'stack{there}', 'block_migration': 'auto'})
    while True:
        shown = guest.show()
        if shown['status'] == 'ACTIVE' and not shown['OS-EXT-STS:task_state']:
            break
        time.sleep(0.05)
    took = time.perf_counter() - began
    if guest.host.number != there:
        raise SystemExit(f'{guest.id} did not migrate')
    return took


def log_size(number: int) -> int:
    """How long the log of a host's nova-compute is."""
    return ComputeHost(number).service('nova-compute').log.stat().st_size


def log_since(number: int, size: int) -> str:
    """What came after."""
    with ComputeHost(number).service('nova-compute').log.open('rb') as log:
        log.seek(size)
        return log.read().decode(errors='replace')


if __name__ == '__main__':
    main()
