# SPDX-License-Identifier: Apache-2.0
"""What was measured, and the table of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import Optional

_HEADS = ('', 'stock', 'nova-ext', 'limit', 'stock/', 'nova-ext/', 'wanted')
_SECOND_HEADS = ('', 'ms', 'ms', 'ms', 'nova-ext', 'limit', '')


@dataclasses.dataclass(frozen=True)
class Figure:
    """What one answer costs, in milliseconds, each a median of the same run."""

    name: str
    #: Nova's own.
    stock: float
    ours: float
    #: What nobody can do without, by hand; None: there is no such thing.
    limit: Optional[float] = None
    #: How many times as fast as Nova's it has to be.
    at_least: Optional[float] = None
    #: How many times as long as the limit it may take.
    at_most: Optional[float] = None
    #: Milliseconds in which it has to be done.
    within: Optional[float] = None

    @property
    def speed(self) -> float:
        """How many times as fast as Nova's it is."""
        return self.stock / self.ours

    @property
    def share(self) -> Optional[float]:
        """How many times as long as the limit it takes."""
        return None if self.limit is None else self.ours / self.limit

    @property
    def is_missed(self) -> bool:
        """Whether it is not as it has to be."""
        return (self.at_least is not None and self.speed < self.at_least) or (
            self.at_most is not None and self.share is not None and self.share > self.at_most) or (
            self.within is not None and self.ours > self.within)

    def report(self) -> None:
        """Print it for whoever started this part."""
        print(json.dumps(dataclasses.asdict(self)), flush=True)


def read(printed: str) -> list[Figure]:
    """What a part has printed."""
    return [Figure(**json.loads(line)) for line in printed.splitlines()]


def table(figures: Sequence[Figure]) -> str:
    """All figures as text."""
    rows = [_HEADS, _SECOND_HEADS, *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = [
        '  '.join(cell.ljust(width) if number in (0, len(row) - 1) else cell.rjust(width)
                  for number, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows]
    lines.insert(2, '  '.join('-' * width for width in widths))
    return '\n'.join(lines)


def _row(figure: Figure) -> Sequence[str]:
    wanted = [*([] if figure.at_least is None else [f'at least {figure.at_least:g}']),
              *([] if figure.at_most is None else [f'at most {figure.at_most:g}']),
              *([] if figure.within is None else [f'within {figure.within:g} ms']),
              *(['MISSED'] if figure.is_missed else [])]
    return (figure.name, _number(figure.stock), _number(figure.ours), _number(figure.limit),
            _ratio(figure.speed), _ratio(figure.share), ', '.join(wanted))


def missed(figures: Iterable[Figure]) -> list[str]:
    """The names of those that are not as they have to be."""
    return [figure.name for figure in figures if figure.is_missed]


def _number(milliseconds: Optional[float]) -> str:
    if milliseconds is None:
        return '-'
    return f'{milliseconds:.2f}' if milliseconds < 100 else f'{milliseconds:.0f}'


def _ratio(ratio: Optional[float]) -> str:
    return '-' if ratio is None else f'{ratio:.2f}' if ratio < 10 else f'{ratio:.1f}'
