# SPDX-License-Identifier: Apache-2.0
"""Lists of 1,000 hypervisors and 10,000 servers, which are invented (sandbox/client/filled.py)."""

from __future__ import annotations

import sys

from bench import hypervisors, servers, unversioned
from bench.apis import two_apis
from sandbox.client.api import Api
from sandbox.client.filled import Filled

HYPERVISORS, SERVERS = 1000, 10000


def main() -> None:
    """Report the figures of all lists."""
    print(f'  {HYPERVISORS} hosts and {SERVERS} servers are made', file=sys.stderr, flush=True)
    with Filled(Api(), hypervisors=HYPERVISORS, servers=SERVERS) as filled:
        for part in (unversioned, hypervisors, servers):
            with two_apis() as (stock, ours):
                part.measure(filled, stock, ours)


if __name__ == '__main__':
    main()
