# SPDX-License-Identifier: Apache-2.0
"""Reads the rows of the view that ``--watch`` draws."""

from __future__ import annotations

from tests.live.terminal import Terminal


def value(row: str) -> float:
    """The value in a row such as ``vCPU 0   98 % ▇▇█  of 100 %``, in B/s, % or MiB."""
    number, unit = row[20:].split()[:2]
    return float(number) * {'KiB/s': 1024, 'MiB/s': 1024 ** 2}.get(unit, 1)


def graph(row: str) -> str:
    return row[34:].split('  ')[0]


def text(terminal: Terminal) -> str:
    """Everything on the screen, as one line."""
    return ' '.join(' '.join(terminal.lines()).split())
