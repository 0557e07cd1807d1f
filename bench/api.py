# SPDX-License-Identifier: Apache-2.0
"""Time of GET diagnostics through the whole cloud: nova-ext 1.0 against stock's compute 2.48.

Both nova-api services are up over the same data (`up --stock-host 3 --stock-api`). Stock's
answer comes from stock's API about a guest on a stock host; ours from ours, on ours.
"""

from __future__ import annotations

import functools
import time

from bench import rounds
from bench.figures import Figure
from sandbox.client.api import Api
from sandbox.client.guest import Guest

ROUNDS = 60


def main() -> None:
    """Report the figure."""
    api, stock = Api(), Api(stock=True)
    guests = [Guest.boot(api, host=1), Guest.boot(api, host=3)]
    try:
        time.sleep(12)  # the sampler has been round
        median = rounds.medians(rounds.compare({
            'ours': functools.partial(api.diagnostics, guests[0].id),
            'stock': functools.partial(
                stock.get, f'/servers/{guests[1].id}/diagnostics', compute='2.48')}, ROUNDS))
        Figure('GET /servers/{server_id}/diagnostics', median['stock'], median['ours']).report()
    finally:
        for guest in guests:
            guest.delete()


if __name__ == '__main__':
    main()
