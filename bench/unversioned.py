# SPDX-License-Identifier: Apache-2.0
"""Whether requests without a nova-ext version cost what they cost in stock Nova, and stay so.

Two processes that were just started, one of stock's nova-api and one of ours, take turns, before
and after ours has answered requests with a version.
"""

from __future__ import annotations

import functools
import sys

from bench import lists, rounds
from bench.apis import ApiProcess
from bench.figures import Figure
from sandbox.client.filled import Filled

COMPUTE = '2.15'
LIMIT = 100
PAGE = f'/servers/detail?all_tenants=1&limit={LIMIT}'

#: Requests with a version that ours answers in between.
VERSIONED = (
    *[(PAGE, COMPUTE, '1.1')] * 20,
    *[('/servers/detail?all_tenants=1&limit=1000', COMPUTE, '1.1')] * 3,
    ('/servers/detail?all_tenants=1&host_status=DOWN', '2.90', '1.1'),
    *[('/os-hypervisors/detail?with_servers=true', '2.90', '1.1')] * 3,
)

ROUNDS = 20

#: Requests to one process before it is the other's turn: some pay for garbage collection.
REPEAT = 4

#: How many times as long as stock's a request may take.
AT_MOST = 1.02


def measure(filled: Filled, stock: ApiProcess, ours: ApiProcess) -> None:
    """Report a figure from before and one from after."""
    limit = ours.by_hand(PAGE, COMPUTE)
    for _ in range(REPEAT):
        stock.get(PAGE, COMPUTE)
    _report('at first', filled, stock, ours, limit)
    print(f'  {len(VERSIONED)} requests with a version', file=sys.stderr, flush=True)
    for request in VERSIONED:
        filled.refresh()
        ours.get(*request)
    _report('after requests with one', filled, stock, ours, limit)


def _report(when: str, filled: Filled, stock: ApiProcess, ours: ApiProcess,
            limit: rounds.Way) -> None:
    print(f'  GET {PAGE} without a version, {when}', file=sys.stderr, flush=True)
    median = rounds.medians(rounds.compare({
        'stock': functools.partial(stock.get, PAGE, COMPUTE),
        'ours': functools.partial(ours.get, PAGE, COMPUTE),
        'limit': limit}, ROUNDS, repeat=REPEAT, before=filled.refresh))
    Figure(f'GET /servers/detail?limit={LIMIT} without a version, {when}',
           median['stock'], median['ours'], median['limit'],
           at_least=round(1 / AT_MOST, 2)).report()


if __name__ == '__main__':
    lists.run(measure)
