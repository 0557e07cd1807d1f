# SPDX-License-Identifier: Apache-2.0
"""Time of listing 1,000 hypervisors with 10,000 servers: nova-ext 1.1 against stock Nova.

Both nova-api services are up over the same data (`up --stock-host 3 --stock-api`), which is
invented (sandbox/client/filled.py) but for three hosts.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from sandbox.client.api import Api
from sandbox.client.filled import HOST_PREFIX, Filled

HYPERVISORS, SERVERS = 1000, 10000
ROUNDS = 5
#: Requests to the plugin's API for each to stock's, which takes seconds.
OURS_PER_ROUND = 4
VERSION = '1.1'

#: Compute microversion and path. Before 2.33 an answer is never cut into pages.
REQUESTS = (
    ('2.1', '/os-hypervisors'),
    ('2.1', '/os-hypervisors/detail'),
    ('2.90', '/os-hypervisors'),
    ('2.90', '/os-hypervisors/detail'),
    ('2.90', '/os-hypervisors/detail?with_servers=true'),
)


def main() -> None:
    """Print the medians in milliseconds and how many times faster ours is."""
    api, stock = Api(), Api(stock=True)
    with Filled(api, hypervisors=HYPERVISORS, servers=SERVERS) as filled:
        print(f'{filled.hosts} hypervisors, {filled.servers} servers; median of {ROUNDS} '
              f'requests to stock, of {ROUNDS * OURS_PER_ROUND} to nova-ext {VERSION}, ms')
        print(f'{"compute":8}{"GET":44}{"stock":>9}{"nova-ext":>10}{"ratio":>8}')
        for compute, path in REQUESTS:
            theirs, ours = _compare(filled, api, stock, compute, path)
            print(f'{compute:8}{path:44}{theirs:9.0f}{ours:10.0f}{theirs / ours:8.1f}',
                  flush=True)


def _compare(
        filled: Filled, api: Api, stock: Api, compute: str, path: str) -> tuple[float, float]:
    """Median milliseconds of stock's answers and of ours, which must say the same."""
    theirs: list[float] = []
    ours: list[float] = []
    for number in range(ROUNDS + 1):
        taken, expected = _ask(filled, stock, compute, path)
        theirs += [taken] if number else []  # the first one warms up
        for _ in range(OURS_PER_ROUND if number else 1):
            taken, answer = _ask(filled, api, compute, path, nova_ext=VERSION)
            ours += [taken] if number else []
            if len(answer) != len(expected) or _invented(answer) != _invented(expected):
                raise AssertionError(f'{path} at {compute}: {len(answer)} hypervisors, stock '
                                     f'{len(expected)}; or others, or other servers')
    return statistics.median(theirs), statistics.median(ours)


def _ask(
        filled: Filled, api: Api, compute: str, path: str, **options: Any
) -> tuple[float, list[dict[str, Any]]]:
    """Milliseconds that a request takes while all hosts are up, and the hypervisors."""
    filled.refresh()
    began = time.perf_counter()
    answer = api.get(path, compute=compute, **options)
    return 1000 * (time.perf_counter() - began), answer['hypervisors']


def _invented(hypervisors: list[dict[str, Any]]) -> list[Any]:
    """What is said of the invented ones and must not differ.

    Uptime may, and state: stock takes longer to answer than a host stays up without reporting.
    """
    return [(found['id'], found['hypervisor_hostname'], found['status'],
             sorted(server['uuid'] for server in found.get('servers', ())))
            for found in hypervisors if found['hypervisor_hostname'].startswith(HOST_PREFIX)]


if __name__ == '__main__':
    main()
