# SPDX-License-Identifier: Apache-2.0
"""Memory of nova-ext-exporter, and the time of a scrape, with a simulated cloud.

No cloud is needed: Keystone and the API are a process on the loopback interface, whose hosts and
servers do not exist. 1,000 hosts with 20 servers each are what the defaults stand for:

    python3 -m bench.exporter [HOSTS SERVERS]
"""

from __future__ import annotations

import multiprocessing
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import requests

from sandbox import settings
from tests.fixtures.exported_cloud import ExportedCloud, Host
from tests.unit.openmetrics import entries

HOSTS, SERVERS = 1000, 20

#: Rounds over all hosts, and then scrapes of each kind.
ROUNDS, SCRAPES = 3, 7

#: Seconds for a scrape, on a machine that does much else.
TIMEOUT = 300

EXPORTER = 'import sys; from nova_ext.exporter import service; sys.exit(service.main())'


class Result(NamedTuple):
    """What was measured."""

    hosts: int
    servers: int
    series: int
    #: Seconds that a round over all hosts took, the API's own time included.
    round: float
    #: Seconds of CPU time that a round takes the exporter.
    round_cpu: float
    #: MiB that are resident, after several rounds and scrapes, and the most that ever were.
    memory: float
    peak: float
    #: Milliseconds until a scrape is there, with gzip and without.
    scrape: float
    plain_scrape: float
    #: MiB of a scrape, with gzip and without.
    size: float
    plain_size: float


def main(arguments: list[str]) -> None:
    """Measure, and print it."""
    hosts, servers = (int(arguments[0]), int(arguments[1])) if arguments else (HOSTS, SERVERS)
    for name, value in measure(hosts, servers)._asdict().items():
        print(f'{name:14}{value:14,.2f}' if isinstance(value, float) else f'{name:14}{value:14,}')


def measure(hosts: int, servers: int, interval: int = 10) -> Result:
    """Measure with so many hosts, and so many servers on each.

    :param interval: seconds from one round to the next, if they are not longer
    """
    ours, theirs = multiprocessing.Pipe()
    api = multiprocessing.get_context('fork').Process(
        target=_simulate, args=(hosts, servers, theirs), daemon=True)
    api.start()
    try:
        environment: dict[str, str] = ours.recv()
        with subprocess.Popen(
                [sys.executable, '-W', 'ignore', '-c', EXPORTER, '--listen-address',
                 '127.0.0.1:0', '--interval', str(interval), '--max-age', '3600', '--debug'],
                cwd=settings.CHECKOUT, env={**os.environ, **environment}, stderr=subprocess.PIPE,
                text=True) as exporter:
            try:
                return _watch(exporter, hosts, servers)
            finally:
                exporter.terminate()
    finally:
        api.terminate()
        api.join()


def _simulate(hosts: int, servers: int, told: Connection) -> None:
    """Be the cloud, in a process of its own."""
    with ExportedCloud() as cloud:
        for number in range(hosts):
            name = f'compute{number}.region1.example.org'
            cloud.hosts[name] = Host(list(_servers(name, number, servers)))
        told.send(cloud.environment())
        time.sleep(24 * 3600)


def _servers(host: str, number: int, servers: int) -> Iterator[dict[str, Any]]:
    """Servers with two vCPUs, a NIC and two disks."""
    for index in range(servers):
        entry = entries.make_entry(
            f'{number:08x}-7d0e-4c4c-9c3d-{index:012x}', host=host,
            server_name=f'instance-of-somebody-{number}-{index}')
        for detail in (*entry['cpu_details'], *entry['nic_details'], *entry['disk_details']):
            for key, value in detail.items():
                if isinstance(value, int) and key not in ('id', 'boot_index'):
                    detail[key] = value * (1 + number * servers + index)
        entry['disk_details'].append({
            **entry['disk_details'][0], 'device': 'vdb', 'volume_id': None})
        yield entry


def _watch(exporter: subprocess.Popen[str], hosts: int, servers: int) -> Result:
    """Wait for some rounds, scrape, and look at the process."""
    url = ''
    rounds: list[tuple[float, float]] = []  # seconds that each took, and CPU time until then
    for line in exporter.stderr or ():
        served = re.search(r'Serving at (\S+) port (\d+)', line)
        asked = re.search(rf'Asked {hosts} hosts in (\S+) s', line)
        if served:
            url = f'http://{served[1]}:{served[2]}/metrics'
        if asked:
            rounds.append((float(asked[1]), _cpu(exporter.pid)))
            print(f'  round {len(rounds)} of {ROUNDS}: {asked[1]} s', file=sys.stderr, flush=True)
        if len(rounds) == ROUNDS:
            break
    times: dict[str, list[float]] = {'gzip': [], 'identity': []}
    sizes = dict.fromkeys(times, 0)
    for _ in range(SCRAPES):
        for encoding, taken in times.items():
            start = time.monotonic()
            answer = requests.get(url, headers={'Accept-Encoding': encoding}, stream=True,
                                  timeout=TIMEOUT)
            content = answer.raw.read(decode_content=False)
            sizes[encoding] = len(content)
            taken.append(1000 * (time.monotonic() - start))
    status = pathlib.Path(f'/proc/{exporter.pid}/status').read_text()
    memory = {name: int(kib) / 1024 for name, kib in re.findall(r'(Vm\w+):\s+(\d+) kB', status)}
    return Result(
        hosts, servers * hosts, content.count(b'\n') - content.count(b'\n# ') - 1,
        statistics.median(taken for taken, _ in rounds), rounds[-1][1] - rounds[-2][1],
        memory['VmRSS'], memory['VmHWM'], statistics.median(times['gzip']),
        statistics.median(times['identity']), sizes['gzip'] / 2 ** 20,
        sizes['identity'] / 2 ** 20)


def _cpu(pid: int) -> float:
    """Seconds of CPU time that a process has used."""
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


if __name__ == '__main__':
    main(sys.argv[1:])
