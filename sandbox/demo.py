"""The main job, shown: two guests that do the same, one on a host with the plugin, one without.

`make demo` runs it in a cloud that `sandbox/stack up --stock-host 2` brought up.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from nova_ext.cmd import closed_pipes
from sandbox import state
from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.errors import SandboxError
from sandbox.steps import Progress

#: Seconds for the guest's balloon (10 s) and the sampler (10 s) to have seen what it does.
SETTLE = 22

#: Of these, the last seconds over which the process table is watched.
WATCHED = 10

HELD_MIB = 40
WRITTEN_KIB = 4096

#: Echo requests to everybody, so that nobody needs to answer; with the headers before each.
_PER_SECOND, _PAYLOAD, _HEADERS = 20, 1000, 14 + 20 + 8
_PING = f'ping -q -i {1 / _PER_SECOND} -s {_PAYLOAD} 10.9.255.255 >/dev/null 2>&1'


def main() -> int:
    """Boot the guests, let them work, and print what each way of asking answers."""
    cloud = state.require()
    stock_host = cloud.options.stock_host
    if stock_host is None or not cloud.options.plugin_on(1):
        raise SandboxError('The demo compares a host with the plugin to one without: '
                           'sandbox/stack down; sandbox/stack up --stock-host 2')
    api = Api()
    progress = Progress()
    guests: dict[str, Guest] = {}
    try:
        with _step(progress, 'a guest on stack1, with nova-ext, and one on a host without'):
            for name, host in (('ours', 1), ('stock', stock_host)):
                guests[name] = Guest.boot(
                    api, host=host, flavor='duo', name=f'demo-{name}', wait=False)
            _wait(guests, 'ACTIVE')
        with _step(progress, 'both are stopped and started again'):
            _act(guests, 'os-stop', 'SHUTOFF')
            _act(guests, 'os-start', 'ACTIVE')
        with _step(progress, 'both use memory, vCPU 0, disk and network'):
            for guest in guests.values():
                _load(guest)
            time.sleep(SETTLE - WATCHED)
            used = guests['ours'].process.vcpu_seconds()
            time.sleep(WATCHED)
        _show_running(api, guests, used)
        with _step(progress, 'both are stopped'):
            _act(guests, 'os-stop', 'SHUTOFF')
        _show_stopped(api, guests)
    finally:
        with _step(progress, 'both guests are deleted'):
            for guest in guests.values():
                guest.delete()
    print("""
The cloud is still up. Try:
  sandbox/stack openstack server list
  sandbox/stack exec virsh list --all
and end it with: sandbox/stack down""")
    return 0


def _act(guests: dict[str, Guest], action: str, status: str) -> None:
    """Have Nova do something to all guests side by side."""
    for guest in guests.values():
        guest.act(action)
    _wait(guests, status)


def _wait(guests: dict[str, Guest], status: str) -> None:
    for guest in guests.values():
        guest.wait_status(status)
        if status == 'ACTIVE':
            guest.wait_ready()


def _load(guest: Guest) -> None:
    """Give a guest something to do."""
    [[port]] = guest.show()['addresses'].values()
    for command in (f'memory {HELD_MIB}', f'write {WRITTEN_KIB}', f'net {port["addr"]}/16',
                    f'sh {_PING} &', 'cpu 1'):
        guest.ask(command)


def _show_running(api: Api, guests: dict[str, Guest], used_before: dict[int, float]) -> None:
    """Both answers beside what the guest and its process say."""
    process = guests['ours'].process
    used = process.vcpu_seconds()
    truth: dict[str, Any] = {
        'utilisation': [round(100 * (used[vcpu] - used_before[vcpu]) / WATCHED)
                        for vcpu in (0, 1)]}
    answers = _answers(api, guests)
    truth['uptime'] = round(process.age())
    meminfo = guests['ours'].meminfo()
    truth['used'] = round((meminfo['MemTotal'] - meminfo['MemAvailable']) / 1024)
    print('\nGET /servers/{server_id}/diagnostics while both run')
    _table(['', 'the guest, its process', 'stock Nova, compute 2.48', 'nova-ext 1.0'],
           _rows(truth, answers['stock'].json(), answers['ours'].json()))


def _show_stopped(api: Api, guests: dict[str, Guest]) -> None:
    """Both answers about guests that are shut off."""
    answers = _answers(api, guests)
    ours = answers['ours'].json()
    print('\nGET /servers/{server_id}/diagnostics when both are stopped')
    _table(['', 'stock Nova, compute 2.48', 'nova-ext 1.0'], [
        ['status', *(str(answers[name].status_code) for name in ('stock', 'ours'))],
        ['state', 'refused', ours['state']],
        ['uptime, s', 'refused', _text(ours['uptime'])]])


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
        ['sent, octets/s', str(_PER_SECOND * (_PAYLOAD + _HEADERS)),
         *(_text(found['nic_details'][0]['tx_rate']) for found in both)],
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
        sys.exit(closed_pipes.run(main))
    except (SandboxError, TimeoutError) as error:
        print(f'\n{error}', file=sys.stderr)
        sys.exit(1)
