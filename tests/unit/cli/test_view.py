# SPDX-License-Identifier: Apache-2.0
"""The view at any size."""

from __future__ import annotations

import hypothesis
import pytest
from hypothesis import strategies

from nova_ext.cli.watch import graphs, view
from tests.unit.cli.answers import answer


def _view(answers: int = 3, **values: object) -> view.View:
    made = view.View('web1', 2.0, graphs.BLOCKS)
    for number in range(answers):
        made.history.add(answer(2.0 * number, **values))
    return made


def test_eighty_columns() -> None:
    lines = _view().lines(80, 24)
    assert [line.rstrip() for line in lines] == [
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
        'q or Ctrl-C ends']


def test_forty_columns_have_shorter_names_and_no_scale() -> None:
    lines = _view().lines(40, 24)
    assert lines[6].rstrip() == 'rx 4e:0f:00             300 B/s ███'
    assert all(len(line) == 40 for line in lines)


def test_two_hundred_columns_have_longer_graphs() -> None:
    [row] = [line for line in _view(answers=400).lines(200, 24) if line.startswith('memory')]
    assert row.count('▅') == 149
    assert row.rstrip().endswith('of 512 MiB')


def test_many_cpus_are_one_row_where_the_screen_is_low() -> None:
    made = _view(cpus=64)
    assert sum(line.startswith('vCPU') for line in made.lines(80, 80)) == 64
    [row] = [line for line in made.lines(80, 24) if line.startswith('all 64 vCPUs')]
    assert '15 %' in row
    assert '▂' * 29 in row


def test_what_does_not_fit_is_counted() -> None:
    lines = [line.rstrip() for line in _view().lines(80, 5)]
    assert len(lines) == 5
    assert lines[0].startswith('web1')
    assert lines[3] == '... 4 more: the screen is low'


def test_trouble_is_told_beneath_what_is_known() -> None:
    made = _view()
    made.trouble = '12:00:06 stack1 is down. (HTTP 503)'
    assert made.lines(80, 24)[-1].rstrip() == made.trouble
    assert made.lines(80, 24)[4].startswith('vCPU 0')
    assert made.lines(80, 5)[-1].rstrip() == made.trouble
    made.trouble = f'12:00:06 {"very " * 20}long'
    assert ' '.join(' '.join(made.lines(40, 24)[-3:]).split()) == made.trouble


def test_before_the_first_answer() -> None:
    assert _view(answers=0).lines(80, 24)[0].startswith('web1  waiting')


def test_what_is_unknown_is_no_zero() -> None:
    lines = _view(
        state=None, uptime=None, hypervisor=None, num_cpus=None, nic_details=[],
        disk_details=None, memory_details={'maximum': 512, 'used': None},
        cpu_details=[{'id': 0, 'time': None, 'utilisation': None}]).lines(80, 24)
    assert lines[0].startswith('web1  state unknown  ')
    assert lines[1].startswith('-/debian  - vCPUs, ')
    assert lines[3].split() == ['memory', '-', 'of', '512', 'MiB']
    assert lines[4].split() == ['vCPU', '0', '-', 'of', '100', '%']


@hypothesis.given(
    strategies.integers(1, 250), strategies.integers(1, 60), strategies.integers(0, 70),
    strategies.integers(0, 3), strategies.booleans())
def test_it_never_leaves_the_screen(
        width: int, height: int, cpus: int, answers: int, trouble: bool) -> None:
    made = _view(answers, cpus=cpus)
    made.trouble = 'x' * 300 if trouble else None
    lines = made.lines(width, height)
    assert len(lines) <= height
    assert {len(line) for line in lines} == {width}


@pytest.mark.parametrize('height', range(2, 20))
def test_nothing_is_left_out_silently(height: int) -> None:
    lines = _view().lines(80, height)
    rows = [line for line in lines
            if line.startswith(('memory', 'vCPU', 'all', 'rx', 'tx', 'disk'))]
    more = [int(line.split()[1]) for line in lines if line.startswith('... ')]
    cpus_in_one = any(line.startswith('all') for line in lines)
    assert len(rows) + sum(more) + (1 if cpus_in_one else 0) >= 6
