# SPDX-License-Identifier: Apache-2.0
"""Lists of 1,000 hypervisors and 10,000 servers, which are invented (sandbox/client/filled.py)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench import hypervisors, servers
from bench.apis import ApiProcess, two_apis
from sandbox.client.api import Api
from sandbox.client.filled import Filled

HYPERVISORS, SERVERS = 1000, 10000

#: Reports figures, of a filled cloud, a stock nova-api and one with nova-ext.
Measure = Callable[[Filled, ApiProcess, ApiProcess], None]


def run(*parts: Measure) -> None:
    """Fill the cloud and measure, each part with processes that were just started."""
    print(f'  {HYPERVISORS} hosts and {SERVERS} servers are made', file=sys.stderr, flush=True)
    with Filled(Api(), hypervisors=HYPERVISORS, servers=SERVERS) as filled:
        for part in parts:
            with two_apis() as (stock, ours):
                part(filled, stock, ours)


if __name__ == '__main__':
    run(hypervisors.measure, servers.measure)
