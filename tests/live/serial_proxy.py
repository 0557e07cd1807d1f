# SPDX-License-Identifier: Apache-2.0
"""A guest's serial console through nova-serialproxy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import websocket

from sandbox import settings
from sandbox.client.api import Api
from sandbox.client.guest import Guest


@contextlib.contextmanager
def connected(api: Api, guest: Guest) -> Iterator[Any]:
    """Connect as a browser does; what the guest prints is received, what is sent is typed."""
    console = api.call('POST', f'/servers/{guest.id}/remote-consoles', {
        'remote_console': {'protocol': 'serial', 'type': 'serial'}})['remote_console']
    connection = websocket.create_connection(
        console['url'], subprotocols=['binary'], timeout=60,
        origin=settings.ENDPOINTS['serialproxy'].replace('ws://', 'http://'))
    try:
        yield connection
    finally:
        connection.close()
