# SPDX-License-Identifier: Apache-2.0
"""The view of a host's servers, and the figures in it."""

from __future__ import annotations

import io
from typing import Any, Optional

import hypothesis
from hypothesis import strategies
from rich import cells, console, screen

from nova_ext.cli import host_figures
from nova_ext.cli.watch import host_view, loop
from tests.unit import base
from tests.unit.cli import answers
from tests.unit.openmetrics import entries


def make_answer(seconds: float, *listed: dict[str, Any]) -> loop.Answer:
    """Return an answer with some entries that was received at a time."""
    one = answers.make_answer(seconds)
    return loop.Answer(one.at, one.clock, {'diagnostics': list(listed)})


def make_view(servers: int = 2, given: int = 2, sort: str = 'cpu') -> host_view.HostView:
    """Return the view after some answers."""
    made = host_view.HostView('compute1', 2, sort)
    for number in range(given):
        made.history.add(make_answer(2.0 * number, *(
            entries.make_entry(f'id-{server}', server_name=f'web{server}',
                               memory_details={'maximum': 512, 'used': 100 + server},
                               disk_details=[{'read_bytes': 2048 * number, 'write_bytes': 7}])
            for server in range(servers))))
    return made


def draw(made: host_view.HostView, width: int, height: int) -> list[str]:
    """Return the lines of a screen of that size with the view, up to the last with a text."""
    terminal = console.Console(width=width, height=height, file=io.StringIO(), color_system=None)
    lines = [''.join(segment.text for segment in line)
             for line in terminal.render_lines(screen.Screen(made))]
    while not lines[-1].strip():
        lines.pop()
    return lines


class TestHostView(base.TestCase):
    def test_eighty_columns(self) -> None:
        made = make_view()
        made.history.add(make_answer(
            6, entries.make_hung('id-hung', server_name='hung'), entries.make_entry('id-0')))
        self.assertEqual([
            'compute1  2 servers, 2 running, 1 without an answer  12:00:06 UTC',
            'CPU 30 %  memory 256 MiB  rx 300 B/s  tx 300 B/s  disk 63.7 KiB/s  every 2 s',
            '',
            'SERVER         CPU*     MEMORY           RX           TX         DISK     STATE',
            'web1           30 %    256 MiB      300 B/s      300 B/s   63.7 KiB/s   running',
            'hung              -          -            -            -            - no answer',
            'q or Ctrl-C to quit'], [line.rstrip() for line in draw(made, 80, 24)])

    def test_narrow_screen_keeps_what_it_is_sorted_by(self) -> None:
        heading = draw(make_view(sort='disk'), 40, 24)[3]
        self.assertEqual(['SERVER', 'CPU', 'DISK*'], heading.split())

    def test_servers_that_do_not_fit_are_counted(self) -> None:
        lines = [line.rstrip() for line in draw(make_view(30, sort='memory'), 80, 12)]
        self.assertEqual(12, len(lines))
        self.assertTrue(lines[4].startswith('web29 '), lines)
        self.assertEqual('... 24 more: the terminal is too short', lines[10])

    def test_error_is_below_what_is_known(self) -> None:
        made = make_view()
        made.trouble = '12:00:06 compute1 is down. (HTTP 503)'
        self.assertEqual(made.trouble, draw(made, 80, 24)[-1].rstrip())
        self.assertTrue(draw(made, 80, 24)[4].startswith('web0'))

    def test_view_is_waiting_before_the_first_answer(self) -> None:
        self.assertTrue(draw(make_view(given=0), 80, 24)[0].startswith('compute1  waiting'))

    @hypothesis.given(
        strategies.integers(1, 250), strategies.integers(1, 60), strategies.integers(0, 70),
        strategies.integers(0, 3), strategies.sampled_from(sorted(host_figures.KEYS)),
        strategies.booleans())
    def test_view_never_exceeds_the_terminal(
            self, width: int, height: int, servers: int, given: int, sort: str,
            trouble: bool) -> None:
        made = make_view(servers, given, sort)
        made.trouble = 'x' * 300 if trouble else None
        lines = draw(made, width, height)
        self.assertLessEqual(len(lines), height)
        self.assertEqual({width}, {cells.cell_len(line) for line in lines})


class TestFigures(base.TestCase):
    def line(self, now: dict[str, Any], then: Optional[dict[str, Any]] = None
             ) -> host_figures.Line:
        """Return a server's line, when it answered so and two seconds before so."""
        before = None if then is None else make_answer(0, then)
        [line] = host_figures.lines(make_answer(2, now), before, 'cpu')
        return line

    def test_what_the_api_does_not_know_is_calculated_from_counters(self) -> None:
        cpus = [{'id': 0, 'time': 10 ** 9, 'utilisation': None}]
        later = [{'id': 0, 'time': 2 * 10 ** 9, 'utilisation': None}]
        line = self.line(entries.make_entry(cpu_details=later),
                         entries.make_entry(cpu_details=cpus))
        self.assertEqual(50, line.cpu)

    def test_device_whose_figure_is_unknown_leaves_no_sum(self) -> None:
        known = {'id': 0, 'time': 17, 'utilisation': 20}
        line = self.line(entries.make_entry(
            cpu_details=[known, {'id': 1, 'time': None, 'utilisation': None}]))
        self.assertIsNone(line.cpu)

    def test_server_without_devices_uses_nothing(self) -> None:
        line = self.line(entries.make_entry(nic_details=[], disk_details=[]))
        self.assertEqual((0, 0, 0), (line.rx, line.tx, line.disk))

    def test_server_that_came_in_between_has_no_rates_yet(self) -> None:
        line = self.line(entries.make_entry('new'), entries.make_entry('old'))
        self.assertIsNone(line.disk)
