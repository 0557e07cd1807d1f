# SPDX-License-Identifier: Apache-2.0
"""What the views have in common: small graphs, lines, text without control characters."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from typing import Optional, TextIO

from rich.console import Console
from rich.text import Text

#: Heights from nothing to full.
BLOCKS = '▁▂▃▄▅▆▇█'
ASCII = '_.:-=+*#'

#: Lines that a message may take.
MESSAGE_LINES = 3


def glyphs(output: TextIO) -> str:
    """The heights that a terminal can show."""
    try:
        BLOCKS.encode(output.encoding or 'ascii')
    except (LookupError, UnicodeEncodeError):
        return ASCII
    # Python itself takes UTF-8 in these locales.
    return ASCII if os.environ.get('LC_ALL') in ('C', 'POSIX') else BLOCKS


def sparkline(values: Iterable[Optional[float]], top: float, heights: str = BLOCKS) -> str:
    """One character a value, a space where it is not known.

    :param top: what a full one stands for
    """
    return ''.join(
        ' ' if value is None else heights[_height(value, top, len(heights) - 1)]
        for value in values)


def _height(value: float, top: float, highest: int) -> int:
    return 0 if top <= 0 else min(highest, max(0, round(value / top * highest)))


def plain(text: str) -> str:
    """A text of others without what a terminal would obey or stack on other characters."""
    return ''.join(character if character.isprintable() and not unicodedata.combining(character)
                   else '?' for character in text)


def message(text: str, console: Console, width: int) -> list[Text]:
    """A sentence in lines of that width, as many as it may take."""
    return list(Text(text).wrap(console, width)[:MESSAGE_LINES])


def line(text: str) -> Text:
    """A line that ends where the screen does."""
    return Text(text, no_wrap=True, overflow='crop')
