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
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from nova_ext.virt import port_numbers

#: Bytes of a piece before it is compressed; only the last may have fewer.
SIZE = 512 * 1024

#: Stands for the offset of bytes that have none.
NOWHERE = -1

#: The greatest offset: numbers beyond are not the same in every JSON.
MAX_OFFSET = 2 ** 53

#: A history has no more pieces than the greatest that ``[nova_ext] console_history_bytes`` allows.
MAX_PIECES = 32

#: A history has no more spans than that, or is sent without.
MAX_SPANS = 1000


class Span(NamedTuple):
    """Where bytes of a history that follow each other are in the log that they come from."""

    #: The offset of the first of them, or :data:`NOWHERE`.
    start: int
    length: int


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
    #: The spans of the whole history, from its first byte to its last, and an empty one where the
    #: log ends; none: they are not known.
    spans: tuple[Span, ...] = ()
    #: The number of the serial port on which it was printed.
    port: int = 0


def split(history: bytes, spans: Sequence[Span] = (), port: int = 0) -> list[Piece]:
    """All pieces of a history, in their order."""
    known = tuple(spans) if len(spans) <= MAX_SPANS else ()
    transfer = str(uuid.uuid4())
    total = count(len(history)) or bool(known)
    return [
        Piece(transfer, number, total, history[number * SIZE:(number + 1) * SIZE], known, port)
        for number in range(total)]


def count(length: int) -> int:
    """How many pieces a history of so many bytes has."""
    return -(-length // SIZE)


def encode(piece: Piece) -> dict[str, Any]:
    """The arguments with which a piece is sent."""
    return {'transfer': piece.transfer, 'number': piece.number, 'total': piece.total,
            'data': pack(piece.data)}


def pack(data: bytes) -> str:
    """Bytes as JSON can carry them."""
    return base64.b64encode(zlib.compress(data, 1)).decode()


def unpack(text: str, limit: int) -> bytes:
    """The bytes that :func:`pack` was given.

    :raises ValueError: they cannot be read, or are more than the limit
    """
    decompress = zlib.decompressobj()
    try:
        data = decompress.decompress(base64.b64decode(text, validate=True), limit + 1)
    except (binascii.Error, zlib.error, TypeError) as error:
        raise ValueError(f'the piece cannot be read: {error}') from error
    if len(data) > limit or not decompress.eof:
        raise ValueError(f'the piece is longer than {limit} bytes, or not whole')
    return data


def encode_spans(piece: Piece) -> list[list[int]]:
    """The argument, of later versions, with which a piece says where its history was."""
    return [list(span) for span in piece.spans]


def decode(
        transfer: str, number: int, total: int, data: str,
        spans: Iterable[Iterable[int]] = (), port: int = 0) -> Piece:
    """The piece that was sent with these arguments.

    :raises ValueError: it cannot be read, or has more than :data:`SIZE` bytes
    """
    return Piece(str(uuid.UUID(transfer)), number, total, unpack(data, SIZE),
                 _decode_spans(spans), port_numbers.check(port))


def _decode_spans(spans: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    """Spans of which none has an offset of another.

    :raises ValueError: they are none
    """
    try:
        known = tuple(Span(*map(int, span)) for span in spans)
    except (TypeError, OverflowError) as error:
        raise ValueError(f'the spans cannot be read: {error}') from error
    if len(known) > MAX_SPANS:
        raise ValueError(f'{len(known)} spans are more than {MAX_SPANS}')
    place = 0
    for start, length in sorted(known):
        if (start != NOWHERE and not place <= start <= MAX_OFFSET - length) or length < 0:
            raise ValueError('the spans are no spans of a log')
        if start != NOWHERE:
            place = start + length
    return known


def newest(spans: Sequence[Span], total: int, length: int) -> list[Span]:
    """The spans of the newest bytes of a history; none, where they are not those of all its bytes.

    :param total: bytes of the history
    :param length: of these bytes
    """
    if sum(span.length for span in spans) != total:
        return []
    kept: list[Span] = []
    for start, number in reversed(spans):
        taken = min(length, number)
        length -= taken
        if taken or not number:
            kept.insert(0, Span(start if start == NOWHERE else start + number - taken, taken))
    return kept
