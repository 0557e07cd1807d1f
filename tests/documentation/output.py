# SPDX-License-Identifier: Apache-2.0
"""Whether a command printed what the page says."""

from __future__ import annotations

import re


def matches(shown: str, printed: str) -> bool:
    """Whether ``printed`` is what a page shows.

    :param shown: with ``...`` for anything, blanks and ends of lines around it included; runs of
        blanks and of dashes count as one
    """
    pattern = '.*'.join(map(re.escape, re.split(r'\s*\.\.\.\s*', _even(shown))))
    return re.fullmatch(pattern, _even(printed), re.DOTALL) is not None


def _even(text: str) -> str:
    """The text without what depends on the width of a table."""
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text)
    text = re.sub(r'-{2,}', '--', text)
    return '\n'.join(re.sub(r'[ \t]+', ' ', line).strip() for line in text.strip().splitlines())
