# SPDX-License-Identifier: Apache-2.0
"""The text of a console log, as it is printed."""

from __future__ import annotations

from typing import TextIO


def newest_lines(text: str, lines: int) -> str:
    """The last lines of a text, of which the very last may not be whole yet."""
    found = text.split('\n')
    if not found[-1]:
        lines += 1
    return '\n'.join(found[-lines:])


def write(output: TextIO, text: str) -> None:
    """Print a part of a log in the bytes that the guest printed, whatever the locale is."""
    binary = getattr(output, 'buffer', None)
    if binary is None:
        output.write(text)
    else:
        output.flush()
        binary.write(text.encode())
    output.flush()
