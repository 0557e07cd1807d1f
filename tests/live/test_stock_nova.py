# SPDX-License-Identifier: Apache-2.0
"""What there is to mend: should a later Nova do better, these tests say so."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.asking import timed
from tests.live.conftest import STOCK_HOST


def test_a_hung_guest_costs_a_minute_and_then_half_a_minute(
        stock_api: Api, boot: Callable[..., Guest]) -> None:
    """Nova's RPC timeout and a 500 first; then libvirt's wait for the guest's job."""
    guest = boot(host=STOCK_HOST)
    with stopped(guest.process.pid):
        for at_least, status in ((59, 500), (29, 200)):
            took, answer = timed(lambda: stock_api.request(
                'GET', f'/servers/{guest.id}/diagnostics', compute='2.48'))
            assert took > at_least
            assert answer.status_code == status
