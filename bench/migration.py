# SPDX-License-Identifier: Apache-2.0
"""Time of live migrations with 1 MiB of console history, with an empty log, and with stock Nova.

One guest goes to and fro between hosts 1 and 2. With the plugin its log is full and empty in turn,
so that whatever else the machine does falls on both. For stock both hosts are restarted with
Nova's own driver.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

from bench.figures import Figure
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.reconfigured import reconfigured

HOSTS = (1, 2)
STOCK = '[DEFAULT]\ncompute_driver = libvirt.LibvirtDriver'

#: Whether the log is full, in each migration: as often on the way there as back.
FULL = (True, False, False, True)


def main() -> None:
    """Report a figure for a full log and one for an empty one."""
    taken: dict[tuple[str, bool], list[float]] = {}
    guest = Guest.boot(Api(), host=1)
    try:
        with reconfigured({}) as hosts:
            for way, options in (('ours', ''), ('stock', STOCK)):
                hosts.change(dict.fromkeys(HOSTS, options))
                print(f'  {len(FULL)} migrations: {way}', file=sys.stderr, flush=True)
                for full in FULL:
                    taken.setdefault((way, full), []).append(1000 * migration(guest, full=full))
    finally:
        guest.delete()
    median = {key: statistics.median(times) for key, times in taken.items()}
    for full, state in ((False, 'an empty console log'), (True, '1 MiB of console log')):
        Figure(f'live migration with {state}', median['stock', full], median['ours', full]
               ).report()


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


if __name__ == '__main__':
    main()
