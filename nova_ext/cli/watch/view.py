# SPDX-License-Identifier: Apache-2.0
"""What is to be seen of a server, as rich draws it on a screen of any size."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Optional

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from nova_ext.cli import units
from nova_ext.cli.watch import graphs
from nova_ext.cli.watch.figures import History, Key

#: Cells of a name such as ``rx fa:16:3e:4e:0f:00``, a value such as ``1023.9 KiB/s``, and a
#: scale.
_LABEL, _VALUE, _SCALE = 20, 12, 16

#: Below this width names are shortened and the scale is left out.
_NARROW = 60


@dataclasses.dataclass(frozen=True)
class Row:
    """A figure: what it is, now, and as a graph whose full height is ``top``."""

    label: str
    value: str
    series: list[Optional[float]]
    top: float
    scale: str


@dataclasses.dataclass
class View:
    """What is to be seen of a server."""

    name: str
    interval: float
    heights: str
    history: History = dataclasses.field(default_factory=History)
    #: Why the last request was not answered.
    trouble: Optional[str] = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The parts of the screen, from its top to its bottom."""
        width, height = options.size
        narrow = width < _NARROW
        label = _LABEL if not narrow else min(_LABEL, max(8, width - _VALUE - 10))
        room = max(0, width - label - _VALUE - 2 - (0 if narrow else _SCALE + 1))
        above: list[RenderableType] = [graphs.line(self._head())]
        below: list[RenderableType] = [graphs.line(self.trouble or '')]
        if height >= len(self.history.keys()) + 5 + graphs.MESSAGE_LINES:
            above += [graphs.line(self._host()), graphs.line('')]
            said = graphs.message(self.trouble or 'q or Ctrl-C to quit', console, width)
            below = [graphs.line(''), graphs.line(self._legend(room)), *said]
        free = max(1, height - len(above) - len(below))
        rows = self._rows(room, narrow, free)
        table = self._table(rows if len(rows) <= free else rows[:free - 1], label, room, narrow)
        more = [] if len(rows) <= free else [
            graphs.line(f'... {len(rows) - free + 1} more: the terminal is too short')]
        yield from (*above, *([table] if table.row_count else []), *more, *below)

    def _head(self) -> str:
        last = self.history.last
        if last is None:
            return f'{graphs.plain(self.name)}  waiting for the first answer'
        uptime = last.body.get('uptime')
        up = '' if uptime is None else f' {units.duration(uptime)}'
        state = last.body.get('state') or 'state unknown'
        return f'{graphs.plain(self.name)}  {state}{up}  {last.at:%H:%M:%S} UTC'

    def _host(self) -> str:
        body = self.history.last.body if self.history.last else {}
        parts = [_number(body.get(f'num_{noun}s'), word) for noun, word in (
            ('cpu', 'vCPU'), ('nic', 'NIC'), ('disk', 'disk'))]
        on = '/'.join(body.get(name) or units.UNKNOWN for name in ('hypervisor', 'hypervisor_os'))
        return f'{on}  {", ".join(parts)}  every {self.interval:g} s'

    def _legend(self, room: int) -> str:
        return f'graphs of the last {units.duration(room * self.interval)}' if room else ''

    def _table(self, rows: list[Row], label: int, room: int, narrow: bool) -> Table:
        """The figures, in columns that stay where they are whatever the figures."""
        table = Table.grid(padding=(0, 1, 0, 0))
        for width, right in ((label, False), (_VALUE, True), (room, False),
                             *(() if narrow else ((_SCALE, False),))):
            table.add_column(width=width, no_wrap=True, overflow='crop',
                             justify='right' if right else 'left')
        for row in rows:
            graph = graphs.sparkline(row.series[-room:] if room else [], row.top, self.heights)
            cells = (row.label, row.value, graph, row.scale)
            table.add_row(*map(Text, cells[:len(table.columns)]))
        return table

    def _rows(self, room: int, narrow: bool, free: int) -> list[Row]:
        """A row a figure; one for all vCPUs where the screen is too low for one each."""
        keys = self.history.keys()
        cpus = [key for key in keys if key[0] == 'cpu']
        if len(keys) <= free or len(cpus) < 2:
            return [self._row(key, room, narrow) for key in keys]
        rows = [self._row(key, room, narrow) for key in keys if key[0] != 'cpu']
        return [*rows[:1], self._all_cpus(cpus), *rows[1:]]

    def _row(self, key: Key, room: int, narrow: bool) -> Row:
        series = self.history.series(key, max(1, room))
        now = series[-1] if series else None
        return _ROWS[key[0]](self, key, now, series, narrow)

    def _memory(self, _: Key, now: Optional[float], series: list[Optional[float]],
                narrow: bool) -> Row:
        body = self.history.last.body if self.history.last else {}
        maximum = (body.get('memory_details') or {}).get('maximum')
        return Row('memory', units.mebibytes(now), series, maximum or _peak(series),
                   f'of {units.mebibytes(maximum)}')

    def _cpu(self, key: Key, now: Optional[float], series: list[Optional[float]],
             narrow: bool) -> Row:
        return Row(f'vCPU {key[1]}', units.percent(now), series, 100, 'of 100 %')

    def _traffic(self, key: Key, now: Optional[float], series: list[Optional[float]],
                 narrow: bool) -> Row:
        kind, identity, way = key
        if kind == 'disk':
            label = f'disk {identity} {way}'
        else:
            label = f'{way} {identity[-8:] if narrow else identity}'
        peak = _peak(series)
        return Row(label, units.rate(now), series, peak, f'max {units.rate(peak)}' if peak else '')

    def _all_cpus(self, keys: list[Key]) -> Row:
        """The use of each vCPU now, side by side."""
        now = [series[-1] for series in (self.history.series(key, 1) for key in keys) if series]
        known = [value for value in now if value is not None]
        mean = sum(known) / len(known) if known else None
        return Row(f'all {len(keys)} vCPUs, mean', units.percent(mean), now, 100, 'of 100 %')


def _number(count: Optional[int], noun: str) -> str:
    return f'{units.count(count)} {noun}' + ('' if count == 1 else 's')


def _peak(series: list[Optional[float]]) -> float:
    return max((value for value in series if value is not None), default=0.0)


_Maker = Callable[[View, Key, Optional[float], list[Optional[float]], bool], Row]
_ROWS: dict[str, _Maker] = {
    'memory': View._memory, 'cpu': View._cpu, 'nic': View._traffic, 'disk': View._traffic}
