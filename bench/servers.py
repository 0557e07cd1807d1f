# SPDX-License-Identifier: Apache-2.0
"""Time of lists of servers with their hosts' status, out of 10,000 servers on 1,000 hosts.

Both nova-api services are up over the same data (`up --stock-host 3 --stock-api`), which is
invented (sandbox/client/filled.py). What it costs to add the status is measured against the same
API asked without it; finding the servers of hosts that are down, against reading all with stock.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterable
from typing import Any

from sandbox.client.api import Api
from sandbox.client.filled import UUID_PREFIX, Filled

HYPERVISORS, SERVERS = 1000, 10000
DOWN = 0.01
PAIRS = 15
STOCK_ROUNDS = 3
#: Filtered requests for each reading of all servers, which takes more than a minute.
OURS_PER_ROUND = 5

LIMIT = 1000
PAGE = f'/servers/detail?all_tenants=1&limit={LIMIT}'
FILTERED = '/servers/detail?all_tenants=1&host_status=DOWN'


def main() -> None:
    """Print the medians and the ratios."""
    api, stock = Api(), Api(stock=True)
    with Filled(api, hypervisors=HYPERVISORS, servers=SERVERS) as filled:
        print(f'{filled.servers} servers on {filled.hosts} hosts')
        print(f'GET {PAGE}: median of {PAIRS} pairs, of {STOCK_ROUNDS} requests to stock, ms')
        print(f'{"compute":8}{"stock":>9}{"without":>9}{"nova-ext":>10}{"ratio":>8}'
              f'{"of pairs":>10}')
        for compute in ('2.15', '2.90'):
            _status(filled, api, stock, compute)
        _filter(filled, api, stock)


def _status(filled: Filled, api: Api, stock: Api, compute: str) -> None:
    """Compare a page with every host's status to the same page without, and to stock's."""

    def ask(where: Api, nova_ext: str | None = None) -> float:
        filled.refresh()
        began = time.perf_counter()
        servers = where.get(PAGE, compute=compute, nova_ext=nova_ext)['servers']
        taken = 1000 * (time.perf_counter() - began)
        if nova_ext and sum(bool(one.get('host_status')) for one in servers) != LIMIT:
            raise AssertionError(f'not {LIMIT} servers at {compute} have their host\'s status')
        return taken

    ask(stock), ask(api), ask(api, '1.0')  # warm up
    theirs: list[float] = []
    without: list[float] = []
    ours: list[float] = []
    # In a strict order one of a pair might always pay for what the other leaves, as garbage.
    order = random.Random(PAIRS)  # noqa: S311
    for number in range(PAIRS):
        for nova_ext in order.sample((None, '1.0'), 2):
            (ours if nova_ext else without).append(ask(api, nova_ext))
        if number % (PAIRS // STOCK_ROUNDS) == 0:
            theirs.append(ask(stock))
    nova, base, ext = (statistics.median(times) for times in (theirs, without, ours))
    paired = statistics.median(one / other for one, other in zip(ours, without))
    print(f'{compute:8}{nova:9.0f}{base:9.0f}{ext:10.0f}{ext / base:8.3f}{paired:10.3f}',
          flush=True)


def _filter(filled: Filled, api: Api, stock: Api) -> None:
    """Compare asking for the servers of hosts that are down to reading all and choosing."""
    theirs: list[float] = []
    ours: list[float] = []
    for number in range(STOCK_ROUNDS + 1):
        taken, servers, pages = _read(filled, stock, PAGE)
        theirs += [taken] if number else []  # the first one warms up
        expected = _invented(one for one in servers if one['host_status'] == 'DOWN')
        for _ in range(OURS_PER_ROUND if number else 1):
            taken, servers, _ = _read(filled, api, FILTERED, nova_ext='1.1')
            ours += [taken] if number else []
            if _invented(servers) != expected:
                raise AssertionError(f'{len(_invented(servers))} servers are said to be on '
                                     f'hosts that are down, stock says {len(expected)}; or '
                                     f'others')
    nova, ext = statistics.median(theirs), statistics.median(ours)
    print(f'\nThe {len(expected)} servers of hosts that are down, compute 2.90, ms')
    print(f'stock, {pages} pages of all, median of {STOCK_ROUNDS}: {nova:.0f}')
    print(f'nova-ext 1.1, host_status=DOWN, median of {len(ours)}: {ext:.0f}, '
          f'{nova / ext:.1f} times as fast')


def _read(
        filled: Filled, api: Api, path: str, **options: Any
) -> tuple[float, list[dict[str, Any]], int]:
    """Milliseconds that all pages of a list take together, the servers, and the pages."""
    taken, pages = 0.0, 0
    servers: list[dict[str, Any]] = []
    while path:
        filled.refresh(down=DOWN)
        began = time.perf_counter()
        answer = api.get(path, compute='2.90', **options)
        taken += 1000 * (time.perf_counter() - began)
        servers += answer['servers']
        pages += 1
        links = {link['rel']: link['href'] for link in answer.get('servers_links', ())}
        path = links.get('next', '').partition('/v2.1')[2]
    return taken, servers, pages


def _invented(servers: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of the invented ones, each as often as it is there."""
    return sorted(one['id'] for one in servers if one['id'].startswith(UUID_PREFIX))


if __name__ == '__main__':
    main()
