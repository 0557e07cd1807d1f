# SPDX-License-Identifier: Apache-2.0
"""The parts of a console log that cross RPC, compressed by zlib and sent in base64."""

from __future__ import annotations

from typing import Any

from nova_ext.compute import console_history
from nova_ext.virt import capabilities

#: Bytes of a part at most, as the text of one message: brokers and their clients hold a message in
#: memory several times, and what cannot be compressed is a third longer in base64. The last
#: character may have 3 bytes more.
MAX_BYTES = 1024 * 1024


def encode(part: capabilities.LogPart) -> dict[str, Any]:
    """A part as it is sent."""
    return {**part._asdict(), 'data': console_history.pack(part.data)}


def decode(answer: dict[str, Any]) -> capabilities.LogPart:
    """A part that was sent.

    :raises ValueError: it cannot be read
    """
    try:
        return capabilities.LogPart(
            console_history.unpack(answer['data'], MAX_BYTES + 3), int(answer['start']),
            int(answer['next']), int(answer['oldest']))
    except (LookupError, TypeError) as error:
        raise ValueError(f'the part of the log cannot be read: {error}') from error
