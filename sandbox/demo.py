"""The main job, shown: two guests that do the same, one on a host with the plugin, one without.

`make demo` runs it in a cloud that `sandbox/stack up --stock-host 2` brought up.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from sandbox import state
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.errors import SandboxError
from sandbox.steps import Progress

#: Seconds for the guest's balloon (10 s) and the sampler (10 s) to have seen what it does.
SETTLE = 22

HELD_MIB = 40
WRITTEN_KIB = 4096


def main() -> int:
    """Boot the guests, let them work, and print what each way of asking answers."""
    cloud = state.require()
    stock_host = cloud.options.stock_host
    if stock_host is None or not cloud.options.plugin_on(1):
        raise SandboxError('The demo compares a host with the plugin to one without: '
                           'sandbox/stack down; sandbox/stack up --stock-host 2')
    api = Api()
    progress = Progress()
    guests = {}
    with _step(progress, 'a guest on stack1, with nova-ext, and one on a host without'):
        for name, host in (('ours', 1), ('stock', stock_host)):
            guests[name] = Guest.boot(
                api, host=host, flavor='duo', name=f'demo-{name}', wait=False)
        for guest in guests.values():
            guest.wait_status('ACTIVE')
            guest.wait_ready()
    with _step(progress, f'both hold {HELD_MIB} MiB, keep vCPU 0 busy, write {WRITTEN_KIB} KiB'):
        for guest in guests.values():
            for command in (f'memory {HELD_MIB}', f'write {WRITTEN_KIB}', 'cpu 1'):
                guest.ask(command)
        time.sleep(SETTLE - 5)
        cpu_before = guests['ours'].process.vcpu_seconds()
        time.sleep(5)
        cpu_after = guests['ours'].process.vcpu_seconds()

    running = _answers(api, guests)
    rows = _rows(
        _truth(guests['ours'], [20 * (cpu_after[vcpu] - cpu_before[vcpu]) for vcpu in (0, 1)]),
        running['stock'].json(), running['ours'].json())
    print('\nGET /servers/{server_id}/diagnostics while both run')
    _table(['', 'the guest, its process', 'stock Nova, compute 2.48',
            'nova-ext 1.0'], rows)

    with _step(progress, 'both are stopped'):
        for guest in guests.values():
            guest.act('os-stop')
        for guest in guests.values():
            guest.wait_status('SHUTOFF')
    print('\nGET /servers/{server_id}/diagnostics when both are stopped')
    off = _answers(api, guests)
    _table(['', 'stock Nova, compute 2.48', 'nova-ext 1.0'], [
        ['status', *(str(off[name].status_code) for name in ('stock', 'ours'))],
        ['state', 'refused', off['ours'].json()['state']],
        ['uptime, s', 'refused', _text(off['ours'].json()['uptime'])]])

    with _step(progress, 'both guests are deleted'):
        for guest in guests.values():
            guest.delete()
    print("""
The cloud is still up. Try:
  sandbox/stack openstack server list
  sandbox/stack exec virsh list --all
and end it with: sandbox/stack down""")
    return 0


@contextlib.contextmanager
def _step(progress: Progress, text: str) -> Iterator[None]:
    """Print what was done and how long it took."""
    began = time.monotonic()
    yield
    progress.line(text, time.monotonic() - began)


def _answers(api: Api, guests: dict[str, Guest]) -> dict[str, Any]:
    """What each way of asking answers."""
    return {
        'stock': api.request('GET', f'/servers/{guests["stock"].id}/diagnostics', compute='2.48'),
        'ours': api.request('GET', f'/servers/{guests["ours"].id}/diagnostics', nova_ext='1.0')}


def _truth(guest: Guest, utilisation: list[float]) -> dict[str, Any]:
    """What the guest itself and its process say."""
    guest.ask('cpu 0')
    meminfo = guest.meminfo()
    return {
        'uptime': round(guest.process.age()),
        'used': round((meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024),
        'utilisation': [round(percent) for percent in utilisation],
    }


def _rows(truth: dict[str, Any], stock: dict[str, Any], ours: dict[str, Any]) -> list[list[str]]:
    """The figures that differ, and some that do not, side by side."""
    both = (stock, ours)
    return [
        ['state', 'running', *(found['state'] for found in both)],
        ['operating system', _os_release(), *(found['hypervisor_os'] for found in both)],
        ['uptime, s', str(truth['uptime']), *(_text(found['uptime']) for found in both)],
        ['memory given, MiB', '160', *(_text(found['memory_details']['maximum'])
                                       for found in both)],
        ['memory used, MiB', str(truth['used']), *(_text(found['memory_details']['used'])
                                                   for found in both)],
        *([f'vCPU {vcpu} used, %', str(truth['utilisation'][vcpu]),
           *(_text(found['cpu_details'][vcpu]['utilisation']) for found in both)]
          for vcpu in (0, 1)),
        ['received, octets/s', '', *(_text(found['nic_details'][0]['rx_rate'])
                                     for found in both)],
        ['disk written, bytes', str(WRITTEN_KIB * 1024),
         *(_text(found['disk_details'][0]['write_bytes']) for found in both)],
        ['disk errors', 'not counted by QEMU', *(_text(found['disk_details'][0]['errors_count'])
                                                 for found in both)],
    ]


def _os_release() -> str:
    with open('/etc/os-release') as file:
        return next(line[3:].strip().strip('"') for line in file if line.startswith('ID='))


def _text(value: Any) -> str:
    return 'null' if value is None else str(value)


def _table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, ['-' * width for width in widths], *rows):
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()


if __name__ == '__main__':
    try:
        sys.exit(main())
    except (SandboxError, TimeoutError) as error:
        print(f'\n{error}', file=sys.stderr)
        sys.exit(1)
