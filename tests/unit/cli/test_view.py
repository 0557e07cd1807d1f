# SPDX-License-Identifier: Apache-2.0
"""The view on terminals of any size."""

from __future__ import annotations

import io

import ddt
import hypothesis
from hypothesis import strategies
from rich import cells, console, screen

from nova_ext.cli.watch import graphs, view
from tests.unit import base
from tests.unit.cli.answers import make_answer


def draw(made: view.View, width: int, height: int) -> list[str]:
    """Return the lines of a screen of that size with the view, up to the last with a text."""
    terminal = console.Console(
        width=width, height=height, file=io.StringIO(), color_system=None)
    lines = [''.join(segment.text for segment in line)
             for line in terminal.render_lines(screen.Screen(made))]
    while not lines[-1].strip():
        lines.pop()
    return lines


def make_view(answers: int = 3, **values: object) -> view.View:
    """Return the view after some answers with these values."""
    made = view.View('web1', 2.0, graphs.BLOCKS)
    for number in range(answers):
        made.history.add(make_answer(2.0 * number, **values))
    return made


@ddt.ddt
class TestSize(base.TestCase):
    def test_eighty_columns(self) -> None:
        self.assertEqual([
            'web1  running 1 h 02 min  12:00:04 UTC',
            'kvm/debian  2 vCPUs, 1 NIC, 1 disk  every 2 s',
            '',
            'memory                    256 MiB ▅▅▅                           of 512 MiB',
            'vCPU 0                       15 % ▂▂▂                           of 100 %',
            'vCPU 1                       15 % ▂▂▂                           of 100 %',
            'rx fa:16:3e:4e:0f:00      300 B/s ███                           max 300 B/s',
            'tx fa:16:3e:4e:0f:00      300 B/s ███                           max 300 B/s',
            'disk 0 read                 0 B/s  ▁▁',
            'disk 0 written              0 B/s  ▁▁',
            '',
            'graphs of the last 58 s',
            'q or Ctrl-C to quit'], [line.rstrip() for line in draw(make_view(), 80, 24)])

    def test_forty_columns_have_shorter_names_and_no_scale(self) -> None:
        lines = draw(make_view(), 40, 24)
        self.assertEqual('rx 4e:0f:00             300 B/s ███', lines[6].rstrip())
        self.assertEqual({40}, {len(line) for line in lines})

    def test_two_hundred_columns_have_longer_graphs(self) -> None:
        [row] = [line for line in draw(make_view(answers=400), 200, 24)
                 if line.startswith('memory')]
        self.assertEqual(149, row.count('▅'))
        self.assertTrue(row.rstrip().endswith('of 512 MiB'), row)

    def test_many_cpus_share_a_row_on_a_low_terminal(self) -> None:
        made = make_view(cpus=64)
        self.assertEqual(64, sum(line.startswith('vCPU') for line in draw(made, 80, 80)))
        [row] = [line for line in draw(made, 80, 24) if line.startswith('all 64 vCPUs')]
        self.assertIn('15 %', row)
        self.assertIn('▂' * 29, row)

    def test_rows_that_do_not_fit_are_counted(self) -> None:
        lines = [line.rstrip() for line in draw(make_view(), 80, 5)]
        self.assertEqual(4, len(lines))  # the last is for an error
        self.assertTrue(lines[0].startswith('web1'), lines)
        self.assertEqual('... 4 more: the terminal is too short', lines[3])

    @ddt.data(*range(2, 20))
    def test_every_row_is_shown_or_counted(self, height: int) -> None:
        lines = draw(make_view(), 80, height)
        rows = [line for line in lines
                if line.startswith(('memory', 'vCPU', 'all', 'rx', 'tx', 'disk'))]
        more = [int(line.split()[1]) for line in lines if line.startswith('... ')]
        cpus_in_one = any(line.startswith('all') for line in lines)
        self.assertGreaterEqual(len(rows) + sum(more) + (1 if cpus_in_one else 0), 6)

    @hypothesis.given(
        strategies.integers(1, 250), strategies.integers(1, 60), strategies.integers(0, 70),
        strategies.integers(0, 3), strategies.booleans())
    def test_view_never_exceeds_the_terminal(
            self, width: int, height: int, cpus: int, answers: int, trouble: bool) -> None:
        made = make_view(answers, cpus=cpus)
        made.trouble = 'x' * 300 if trouble else None
        lines = draw(made, width, height)
        self.assertLessEqual(len(lines), height)
        self.assertEqual({width}, {cells.cell_len(line) for line in lines})


class TestContent(base.TestCase):
    def test_name_is_text_whatever_it_consists_of(self) -> None:
        for name, shown in (('[red]a[/]', '[red]a[/]'), (':smile:', ':smile:'),
                            ('日本', '日本'), ('a\x1b[2Jb', 'a?[2Jb')):
            made = make_view()
            made.name = name
            self.assertEqual(f'{shown}  running', draw(made, 80, 24)[0][:len(shown) + 9])

    def test_wide_characters_are_cut_at_the_edge(self) -> None:
        made = make_view()
        made.name = '日本語' * 20
        self.assertEqual('日本語日本語日本語日本語日本 ', draw(made, 29, 5)[0])

    def test_error_is_shown_below_the_last_answer(self) -> None:
        made = make_view()
        made.trouble = '12:00:06 stack1 is down. (HTTP 503)'
        self.assertEqual(made.trouble, draw(made, 80, 24)[-1].rstrip())
        self.assertTrue(draw(made, 80, 24)[4].startswith('vCPU 0'))
        self.assertEqual(made.trouble, draw(made, 80, 5)[-1].rstrip())

    def test_long_error_is_wrapped(self) -> None:
        made = make_view()
        made.trouble = f'12:00:06 {"very " * 20}long'
        self.assertEqual(made.trouble, ' '.join(' '.join(draw(made, 40, 24)[-3:]).split()))

    def test_view_is_waiting_before_the_first_answer(self) -> None:
        self.assertTrue(draw(make_view(answers=0), 80, 24)[0].startswith('web1  waiting'))

    def test_unknown_values_are_dashes(self) -> None:
        lines = draw(make_view(
            state=None, uptime=None, hypervisor=None, num_cpus=None, nic_details=[],
            disk_details=None, memory_details={'maximum': 512, 'used': None},
            cpu_details=[{'id': 0, 'time': None, 'utilisation': None}]), 80, 24)
        self.assertTrue(lines[0].startswith('web1  state unknown  '), lines)
        self.assertTrue(lines[1].startswith('-/debian  - vCPUs, '), lines)
        self.assertEqual(['memory', '-', 'of', '512', 'MiB'], lines[3].split())
        self.assertEqual(['vCPU', '0', '-', 'of', '100', '%'], lines[4].split())
