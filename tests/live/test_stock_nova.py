# SPDX-License-Identifier: Apache-2.0
"""Deficiencies of stock Nova that nova-ext fixes; a test fails once Nova has fixed its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from sandbox.client.api import Api
from sandbox.client.guest import Guest
from sandbox.client.process import stopped
from tests.live.conftest import STOCK_HOST

#: Seconds after which nobody waits any longer; nova-ext answers after 2.
TIMEOUT = 8


@pytest.mark.slow
def test_diagnostics_of_a_hung_guest_block(
        stock_api: Api, boot: Callable[..., Guest]) -> None:
    """For a minute, until Nova's RPC timeout, if anybody waited."""
    guest = boot(host=STOCK_HOST)
    with stopped(guest.process.pid), pytest.raises(requests.Timeout):
        stock_api.request('GET', f'/servers/{guest.id}/diagnostics', compute='2.48',
                          timeout=TIMEOUT)
