# SPDX-License-Identifier: Apache-2.0
"""Numbers of Nova's records, as requests name them."""

from __future__ import annotations

from typing import Optional

#: The largest that a column takes.
_LARGEST = 2 ** 31 - 1

#: More digits than that has; Python refuses to read thousands.
_DIGITS = 20


def parse(text: str) -> Optional[int]:
    """The number that a record may have; None: the text is none."""
    if not (text.isascii() and text.isdecimal()):
        return None
    number = int(text.lstrip('0')[:_DIGITS] or '0')
    return number if number <= _LARGEST else None
