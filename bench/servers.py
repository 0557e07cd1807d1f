# SPDX-License-Identifier: Apache-2.0
"""Time of lists of servers with their hosts' status, against stock Nova.

Up to compute 2.15 Nova has no status to show: what it costs to add it is measured against the same
list without.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable
from typing import Any

from bench import rounds
from bench.apis import ApiProcess
from bench.figures import Figure
from sandbox.client.databases import UUID_PREFIX
from sandbox.client.filled import Filled

ROUNDS = 8

#: Reading all servers with stock takes as many seconds as there are thousands.
FILTER_ROUNDS = 2

LIMIT = 500
PAGE = f'/servers/detail?all_tenants=1&limit={LIMIT}'
ALL = '/servers/detail?all_tenants=1&limit=1000'
FILTERED = '/servers/detail?all_tenants=1&host_status=DOWN'

#: The fraction of the hosts that are down.
DOWN = 0.01


def measure(filled: Filled, stock: ApiProcess, ours: ApiProcess) -> None:
    """Report figures of a page with every host's status, and of the servers on hosts down."""
    for compute in ('2.15', '2.90'):
        _measure_page(filled, stock, ours, compute)
    _measure_filter(filled, stock, ours)


def _measure_page(filled: Filled, stock: ApiProcess, ours: ApiProcess, compute: str) -> None:
    print(f'  GET {PAGE}, compute {compute}', file=sys.stderr, flush=True)
    filled.refresh()
    stock.get(PAGE, compute)
    servers = ours.get(PAGE, compute, '1.0')['servers']
    if sum(bool(one.get('host_status')) for one in servers) != LIMIT:
        raise AssertionError(f"not {LIMIT} servers at {compute} have their host's status")
    median = rounds.medians(rounds.compare({
        'stock': functools.partial(stock.get, PAGE, compute),
        'ours': functools.partial(ours.get, PAGE, compute, '1.0'),
        'limit': ours.by_hand(PAGE, compute, '1.0')}, ROUNDS, before=filled.refresh))
    status = 'with host_status' if compute != '2.15' else 'and host_status'
    Figure(f'GET /servers/detail?limit={LIMIT}, compute {compute} {status}',
           median['stock'], median['ours'], median['limit']).report()


def _measure_filter(filled: Filled, stock: ApiProcess, ours: ApiProcess) -> None:
    """Compare asking for the servers of hosts that are down to reading all and choosing."""
    print(f'  GET {FILTERED}', file=sys.stderr, flush=True)
    refresh = functools.partial(filled.refresh, down=DOWN)
    refresh()
    expected = _invented(one for one in _read_all(refresh, stock)
                         if one['host_status'] == 'DOWN')
    found = _invented(ours.get(FILTERED, '2.90', '1.1')['servers'])
    if found != expected:
        raise AssertionError(f'{len(found)} servers are said to be on hosts that are down, '
                             f'stock says {len(expected)}; or others')
    median = rounds.medians(rounds.compare({
        'stock': functools.partial(_read_all, refresh, stock),
        'ours': functools.partial(ours.get, FILTERED, '2.90', '1.1'),
        'limit': ours.by_hand(FILTERED, '2.90', '1.1')}, FILTER_ROUNDS, before=refresh))
    Figure(f'the {len(found)} of {filled.servers} servers whose hosts are down',
           median['stock'], median['ours'], median['limit']).report()


def _read_all(refresh: Any, api: ApiProcess) -> list[dict[str, Any]]:
    """All servers, page by page, which Nova's own API takes for this question."""
    servers: list[dict[str, Any]] = []
    path = ALL
    while path:
        refresh()  # a host that does not report for 10 s is down
        answer = api.get(path, '2.90')
        servers += answer['servers']
        links = {link['rel']: link['href'] for link in answer.get('servers_links', ())}
        path = links.get('next', '').partition('/v2.1')[2]
    return servers


def _invented(servers: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of the invented ones, each as often as it is there."""
    return sorted(one['id'] for one in servers if one['id'].startswith(UUID_PREFIX))
