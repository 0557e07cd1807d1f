# SPDX-License-Identifier: Apache-2.0
"""Where text in UTF-8 may be cut. Bytes that are no UTF-8 are characters of their own."""

from __future__ import annotations

import codecs
import itertools

#: Bytes of the longest character.
LONGEST = 4


def lead_in(before: bytes, data: bytes) -> int:
    """How many bytes at the beginning of some data belong to a character that begins before.

    :param before: up to 3 bytes that come before; none: they are not known
    """
    if not before:
        return next((number for number, byte in enumerate(data[:LONGEST - 1])
                     if not _continues(byte)), min(len(data), LONGEST - 1))
    for number in range(1, min(len(before), LONGEST - 1) + 1):
        if not _continues(before[-number]):
            rest = _length(before[-number]) - number
            if rest > 0 and _is_whole(before[-number:] + data[:rest]):
                return rest
            break
    return 0


def whole(data: bytes, limit: int) -> int:
    """How many bytes at the beginning of some data end with a whole character.

    :param limit: at most so many, unless even one character has more
    :returns: 0: the data end before the first character does
    """
    longer = range(limit + 1, min(limit + LONGEST, len(data) + 1))
    for end in itertools.chain((min(limit, len(data)),), longer):
        count = end - _pending(data[:end])
        if count:
            return count
    return 0


def _pending(data: bytes) -> int:
    """How many bytes at the end of some data may be the beginning of a character."""
    decoder = codecs.getincrementaldecoder('utf-8')('replace')
    decoder.decode(data)
    pending, _ = decoder.getstate()
    return len(pending)


def _is_whole(data: bytes) -> bool:
    try:
        return len(data.decode('utf-8')) == 1
    except UnicodeDecodeError:
        return False


def _continues(byte: int) -> bool:
    return byte & 0xC0 == 0x80


def _length(lead: int) -> int:
    """How many bytes a character has that begins with this one."""
    for length, bits in ((2, 0xC0), (3, 0xE0), (4, 0xF0)):
        if lead & (0xFF << (7 - length) & 0xFF) == bits:
            return length
    return 1
