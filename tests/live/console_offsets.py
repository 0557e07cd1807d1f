# SPDX-License-Identifier: Apache-2.0
"""Reading the console log of a guest by offset."""

from __future__ import annotations

from typing import Any

from sandbox.client.api import Api
from sandbox.client.guest import Guest

HEADERS = {'OpenStack-API-Version': 'compute 2.90, nova-ext 1.2'}


def read(api: Api, guest: Guest, start: int, limit: int = 1024 * 1024, *,
         port: int = 0) -> dict[str, Any]:
    """A part of the log of a serial port."""
    answer = api.request(
        'GET', f'/servers/{guest.id}/console-log?start={start}&limit={limit}&port={port}',
        headers=HEADERS)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def read_all(api: Api, guest: Guest, start: int = 0, limit: int = 1024 * 1024, *,
             port: int = 0) -> tuple[int, str]:
    """Where what is kept of the log of a serial port begins, and all of it."""
    part = read(api, guest, start, limit, port=port)
    begins, text = part['start'], part['text']
    while part['text']:
        part = read(api, guest, part['next'], limit, port=port)
        assert part['start'] == begins + len(text.encode())
        text += part['text']
    return begins, text
