# SPDX-License-Identifier: Apache-2.0
"""The lines of a configuration file, each with the section and option that it belongs to.

Read as oslo.config does, and for paste files as PasteDeploy does: a line that begins with a blank
continues the option before it, and a comment is a line of its own.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import NamedTuple

_OPTION = re.compile(r'([^=:\s][^=:]*?)[ \t]*[=:][ \t]*')


class Line(NamedTuple):
    """One line of a file, by its place in the text."""

    #: Where it begins in the text.
    start: int
    #: Where its value begins and ends, without blanks around it; of a header, the header.
    value_start: int
    value_end: int
    #: Without brackets; empty: before the first.
    section: str
    #: The option that it sets or continues; empty: a header, a comment or an empty line.
    option: str
    is_header: bool = False
    #: It goes on with the value of the option.
    continues: bool = False


def read(text: str) -> Iterator[Line]:
    """The lines of a text."""
    section = option = ''
    start = 0
    for raw in split(text):
        stripped = raw.rstrip()
        end = start + len(stripped)
        begin = start + len(raw) - len(raw.lstrip())
        match = _OPTION.match(stripped)
        if not stripped or stripped.lstrip().startswith(('#', ';')):
            yield Line(start, end, end, section, '')
        elif raw[0] in ' \t' and option:
            yield Line(start, begin, end, section, option, continues=True)
        elif stripped.startswith('['):
            section, option = stripped[1:].partition(']')[0], ''
            yield Line(start, start, end, section, '', is_header=True)
        else:
            option = match[1] if match else ''
            yield Line(start, start + match.end() if match else end, end, section, option)
        start += len(raw)


def split(text: str) -> list[str]:
    """The lines of a text with their ends, of which there are three kinds."""
    return list(io.StringIO(text, newline=''))


def value_of(text: str, section: str, option: str) -> tuple[int, int]:
    """Where the value of an option begins and ends, over several lines; of several, the last.

    :raises ValueError: it is not set
    """
    found = (-1, -1)
    for line in read(text):
        if (line.section, line.option) == (section, option):
            found = found[0] if line.continues else line.value_start, line.value_end
    if found[0] < 0:
        raise ValueError(f'there is no {option} in [{section}]')
    return found


def newline_of(text: str) -> str:
    """How lines of a text end."""
    return '\r\n' if '\r\n' in text else '\n'
