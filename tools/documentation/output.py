# SPDX-License-Identifier: Apache-2.0
"""Whether a command printed what the page says."""

from __future__ import annotations

import re

#: What is another one each time, and what stands for it: UUIDs, MAC addresses, network devices,
#: the time of day.
_IDENTITIES = {
    r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}': 'UUID',
    r'[0-9a-f]{2}(?::[0-9a-f]{2}){5}': 'MAC',
    r'tap[0-9a-f]{8}-[0-9a-f]{2}': 'TAP',
    r'202\d-\d\d-\d\dT[\d:.]+Z': 'NOW',
}

#: What was measured, in any unit, or is unknown.
_FIGURE = (r'(?<![\w.-])(?:null|(?:\d+(?:\.\d+)?'
           r'(?: (?:[KMGTP]iB/s|[KMGTP]iB|B/s|B|d|h|min|s|%)(?![\w/]))? ?)+)(?![\w.-])')


def matches(shown: str, printed: str, *, figures_vary: bool = False) -> bool:
    """Whether ``printed`` is what a page shows.

    :param shown: with ``...`` for anything, blanks and ends of lines around it included; runs of
        blanks and of dashes count as one, and any UUID, MAC address or time of day as the other
    :param figures_vary: any figure counts as any other
    """
    wanted, found = _even(shown, figures_vary), _even(printed, figures_vary)
    pattern = '.*'.join(map(re.escape, re.split(r'\s*\.\.\.\s*', wanted)))
    return re.fullmatch(pattern, found, re.DOTALL) is not None


def _even(text: str, figures_vary: bool) -> str:
    """The text without what depends on the width of a table, or on the moment."""
    for pattern, name in _IDENTITIES.items():
        text = re.sub(pattern, name, text)
    if figures_vary:
        text = re.sub(_FIGURE, 'FIGURE ', text)
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', text)
    text = re.sub(r'-{2,}', '--', text)
    return '\n'.join(re.sub(r'[ \t]+', ' ', line).strip() for line in text.strip().splitlines())
