# SPDX-License-Identifier: Apache-2.0
"""What is to be seen of a host's servers, as rich draws it on a screen of any size."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Optional

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from nova_ext.cli import units
from nova_ext.cli.host_figures import Line, lines, total
from nova_ext.cli.watch import graphs, loop

#: Fewest cells of a server's name.
_NAME = 12


@dataclasses.dataclass(frozen=True)
class Column:
    """A column beside the name."""

    key: str
    heading: str
    width: int
    show: Callable[[Line], str]


#: In the order of their importance; that by which it is sorted comes first.
COLUMNS = (
    Column('cpu', 'CPU', 7, lambda line: units.percent(line.cpu)),
    Column('memory', 'MEMORY', 10, lambda line: units.mebibytes(line.memory)),
    Column('rx', 'RX', 12, lambda line: units.rate(line.rx)),
    Column('tx', 'TX', 12, lambda line: units.rate(line.tx)),
    Column('disk', 'DISK', 12, lambda line: units.rate(line.disk)),
    Column('state', 'STATE', 9, lambda line: 'no answer' if line.responding is False
           else line.state or units.UNKNOWN),
)


class History:
    """The last answer and the one before."""

    def __init__(self) -> None:
        self.last: Optional[loop.Answer] = None
        self.before: Optional[loop.Answer] = None

    def add(self, answer: loop.Answer) -> None:
        """Remember an answer."""
        self.before, self.last = self.last, answer

    def miss(self) -> None:
        """Go on with what is known: rates are over the longer time then."""


@dataclasses.dataclass
class HostView:
    """What is to be seen of a host's servers."""

    name: str
    interval: float
    #: One of host_figures.KEYS.
    sort: str
    history: History = dataclasses.field(default_factory=History)
    #: Why the last request was not answered.
    trouble: Optional[str] = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts of the screen, from its top to its bottom."""
        width, height = options.size
        found = lines(self.history.last, self.history.before, self.sort) if (
            self.history.last) else []
        above = [graphs.line(text) for text in self._head(found)[:max(1, height - 3)]]
        said = graphs.message(self.trouble or 'q or Ctrl-C to quit', console, width)
        below: list[RenderableType] = [*said] if height > 8 or self.trouble else []
        below = below[:max(0, height - len(above))]
        free = max(0, height - len(above) - len(below))
        yield from above
        yield from self._list(found, width, free)
        yield from below

    def _head(self, found: list[Line]) -> list[str]:
        name = graphs.plain(self.name)
        if self.history.last is None:
            return [f'{name}  waiting for the first answer']
        running = sum(line.state == 'running' for line in found)
        silent = sum(line.responding is False for line in found)
        noun = 'server' if len(found) == 1 else 'servers'
        return [
            f'{name}  {len(found)} {noun}, {running} running'
            + (f', {silent} without an answer' if silent else '')
            + f'  {self.history.last.at:%H:%M:%S} UTC',
            f'CPU {units.percent(total(line.cpu for line in found))}  '
            f'memory {units.mebibytes(total(line.memory for line in found))}  '
            f'rx {units.rate(total(line.rx for line in found))}  '
            f'tx {units.rate(total(line.tx for line in found))}  '
            f'disk {units.rate(total(line.disk for line in found))}  '
            f'every {self.interval:g} s',
            '']

    def _list(self, found: list[Line], width: int, free: int) -> Iterator[RenderableType]:
        """A heading and as many servers as there is room for; the last line counts the others."""
        if free < 2 or not found:
            return
        room = free - 1
        shown = found if len(found) <= room else found[:room - 1]
        columns = list(_fitting(self.sort, width - _NAME))
        table = Table.grid(padding=(0, 1, 0, 0))
        rest = width - sum(column.width + 1 for column in columns) - 1
        table.add_column(width=max(1, rest), no_wrap=True, overflow='crop')
        for column in columns:
            table.add_column(width=column.width, no_wrap=True, overflow='crop', justify='right')
        table.add_row('SERVER', *(
            column.heading + ('*' if column.key == self.sort else '') for column in columns))
        for line in shown:
            table.add_row(Text(graphs.plain(line.name)), *(
                Text(column.show(line)) for column in columns))
        yield table
        if len(shown) < len(found):
            yield graphs.line(f'... {len(found) - len(shown)} more: the terminal is too short')


def _fitting(sort: str, room: int) -> Iterator[Column]:
    """The columns that there is room for, in their order."""
    chosen: set[str] = set()
    for column in sorted(COLUMNS, key=lambda column: column.key != sort):
        room -= column.width + 1
        if room < 0:
            break
        chosen.add(column.key)
    return (column for column in COLUMNS if column.key in chosen)
