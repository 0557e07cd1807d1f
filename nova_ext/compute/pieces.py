# SPDX-License-Identifier: Apache-2.0
"""The pieces in which a console history crosses RPC.

The text of a piece is compressed by zlib and sent in base64, as the message bus carries JSON.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import uuid
import zlib
from typing import Any

#: Bytes of a piece before it is compressed; only the last may have fewer.
SIZE = 512 * 1024


@dataclasses.dataclass(frozen=True)
class Piece:
    """A part of what a server printed."""

    #: A UUID, the same for all pieces of a history.
    transfer: str
    #: Its place among them, from 0.
    number: int
    #: How many pieces there are.
    total: int
    data: bytes


def split(history: bytes) -> list[Piece]:
    """All pieces of a history, in their order."""
    transfer = str(uuid.uuid4())
    total = count(len(history))
    return [Piece(transfer, number, total, history[number * SIZE:(number + 1) * SIZE])
            for number in range(total)]


def count(length: int) -> int:
    """How many pieces a history of so many bytes has."""
    return -(-length // SIZE)


def encode(piece: Piece) -> dict[str, Any]:
    """The arguments with which a piece is sent."""
    return {'transfer': piece.transfer, 'number': piece.number, 'total': piece.total,
            'data': base64.b64encode(zlib.compress(piece.data, 1)).decode()}


def decode(transfer: str, number: int, total: int, data: str) -> Piece:
    """The piece that was sent with these arguments.

    :raises ValueError: it cannot be read, or has more than :data:`SIZE` bytes
    """
    decompress = zlib.decompressobj()
    try:
        text = decompress.decompress(base64.b64decode(data, validate=True), SIZE + 1)
    except (binascii.Error, zlib.error, TypeError) as error:
        raise ValueError(f'the piece cannot be read: {error}') from error
    if len(text) > SIZE or not decompress.eof:
        raise ValueError(f'the piece is longer than {SIZE} bytes, or not whole')
    return Piece(str(uuid.UUID(transfer)), number, total, text)
