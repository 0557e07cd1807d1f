# SPDX-License-Identifier: Apache-2.0
"""Time of GET diagnostics through the whole cloud: nova-ext 1.0 against stock's compute 2.48.

Both nova-api services are up over the same data (`up --stock-host 3 --stock-api`). Stock's
answer comes from stock's API about a guest on a stock host; ours from ours, on ours.
"""

from __future__ import annotations

import statistics
import time

from sandbox.client.api import Api
from sandbox.client.guest import Guest

REQUESTS = 200


def main() -> None:
    """Print the medians in milliseconds and the ratio."""
    api, stock = Api(), Api(stock=True)
    guests = [Guest.boot(api, host=1), Guest.boot(api, host=3)]
    try:
        time.sleep(12)  # the sampler has been round
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(REQUESTS):
            began = time.perf_counter()
            api.diagnostics(guests[0].id)
            ours.append(1000 * (time.perf_counter() - began))
            began = time.perf_counter()
            stock.get(f'/servers/{guests[1].id}/diagnostics', compute='2.48')
            theirs.append(1000 * (time.perf_counter() - began))
        nova, ext = statistics.median(theirs), statistics.median(ours)
        print(f'GET diagnostics, median of {REQUESTS}: stock {nova:.1f} ms, '
              f'nova-ext {ext:.1f} ms, {ext / nova:.2f} times stock')
    finally:
        for guest in guests:
            guest.delete()


if __name__ == '__main__':
    main()
