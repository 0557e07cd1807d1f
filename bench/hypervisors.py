# SPDX-License-Identifier: Apache-2.0
"""Time of listing hypervisors with their servers: nova-ext 1.1 against stock Nova."""

from __future__ import annotations

import functools
import sys
from typing import Any

from bench import rounds
from bench.apis import ApiProcess
from bench.figures import Figure
from sandbox.client.filled import HOST_PREFIX, Filled

ROUNDS = 3
VERSION = '1.1'

#: Compute microversion and path. Before 2.33 an answer is never cut into pages.
REQUESTS = (
    ('2.1', '/os-hypervisors'),
    ('2.1', '/os-hypervisors/detail'),
    ('2.90', '/os-hypervisors'),
    ('2.90', '/os-hypervisors/detail'),
    ('2.90', '/os-hypervisors/detail?with_servers=true'),
)


def measure(filled: Filled, stock: ApiProcess, ours: ApiProcess) -> None:
    """Report a figure for each request."""
    for compute, path in REQUESTS:
        print(f'  GET {path}, compute {compute}', file=sys.stderr, flush=True)
        filled.refresh()
        _check_same(compute, path, stock.get(path, compute), ours.get(path, compute, VERSION))
        by_hand = ours.by_hand(path, compute, VERSION)
        median = rounds.medians(rounds.compare({
            'stock': functools.partial(stock.get, path, compute),
            'ours': functools.partial(ours.get, path, compute, VERSION),
            'limit': by_hand}, ROUNDS, before=filled.refresh))
        Figure(f'GET {path}, compute {compute}',
               median['stock'], median['ours'], median['limit']).report()


def _check_same(compute: str, path: str, expected: Any, answer: Any) -> None:
    """Return when ours says the same as stock."""
    nodes, others = answer['hypervisors'], expected['hypervisors']
    if len(nodes) != len(others) or _invented(nodes) != _invented(others):
        raise AssertionError(f'{path} at {compute}: {len(nodes)} hypervisors, stock '
                             f'{len(others)}; or others, or other servers')


def _invented(hypervisors: list[dict[str, Any]]) -> list[Any]:
    """What is said of the invented ones and must not differ.

    Uptime may, and state: stock takes longer to answer than a host stays up without reporting.
    """
    return [(found['id'], found['hypervisor_hostname'], found['status'],
             sorted(server['uuid'] for server in found.get('servers', ())))
            for found in hypervisors if found['hypervisor_hostname'].startswith(HOST_PREFIX)]

