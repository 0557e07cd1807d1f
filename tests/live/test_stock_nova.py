# SPDX-License-Identifier: Apache-2.0
"""Deficiencies of stock Nova that nova-ext fixes; a test fails once Nova has fixed its own."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.conftest import STOCK_HOST
from tests.live.timing import timed


def test_diagnostics_of_a_hung_guest_block_for_a_minute_and_then_half_a_minute(
        stock_api: Api, boot: Callable[..., Guest]) -> None:
    """First Nova's RPC timeout and a 500, then libvirt's timeout for the domain's job."""
    guest = boot(host=STOCK_HOST)
    with stopped(guest.process.pid):
        for at_least, status in ((59, 500), (29, 200)):
            seconds, response = timed(lambda: stock_api.request(
                'GET', f'/servers/{guest.id}/diagnostics', compute='2.48'))
            assert seconds > at_least
            assert response.status_code == status
