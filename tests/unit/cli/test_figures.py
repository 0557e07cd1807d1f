# SPDX-License-Identifier: Apache-2.0
"""Which figures are the API's, and which two answers tell."""

from __future__ import annotations

from typing import Any

import pytest

from nova_ext.cli.watch import figures
from tests.unit.cli.answers import MAC, answer

READ = ('disk', '0', 'read')
CPU = ('cpu', '0', 'use')
RX = ('nic', MAC, 'rx')


def _disk(read: int | None) -> list[dict[str, Any]]:
    return [{'read_bytes': read, 'write_bytes': 0, 'errors_count': None}]


def test_each_figure_of_an_answer_in_its_order() -> None:
    history = figures.History()
    assert history.keys() == []
    history.add(answer(0))
    assert history.keys() == [
        ('memory', '', 'used'), ('cpu', '0', 'use'), ('cpu', '1', 'use'), RX,
        ('nic', MAC, 'tx'), READ, ('disk', '0', 'written')]
    assert history.series(('memory', '', 'used'), 9) == [256]
    assert history.series(CPU, 9) == [15]
    assert history.series(RX, 9) == [300]
    assert history.series(READ, 9) == [None]


@pytest.mark.parametrize(('counts', 'rates'), [
    ([0, 1000, 1000, 7000], [None, 500, 0, 3000]),
    ([5000, 100, 300], [None, None, 100]),  # it went back
    ([0, None, 400], [None, None, None])])
def test_rates_of_disks_are_differences_over_the_time_between(
        counts: list[int | None], rates: list[float | None]) -> None:
    history = figures.History()
    for number, count in enumerate(counts):
        history.add(answer(2.0 * number, disk_details=_disk(count)))
    assert history.series(READ, 9) == rates
    assert history.series(READ, 1) == rates[-1:]


def test_what_the_api_does_not_tell_comes_from_its_counters() -> None:
    history = figures.History()
    for number in range(2):
        history.add(answer(4.0 * number, cpu_details=[
            {'id': 0, 'time': number * 10 ** 9, 'utilisation': None},
            {'id': 1, 'time': number * 9 * 10 ** 9, 'utilisation': None}], nic_details=[
            {'mac_address': MAC, 'rx_octets': number * 400, 'rx_rate': None,
             'tx_octets': None, 'tx_rate': None}]))
    assert history.series(CPU, 9) == [None, 25]
    assert history.series(('cpu', '1', 'use'), 9) == [None, 100]  # more cannot be
    assert history.series(RX, 9) == [None, 100]
    assert history.series(('nic', MAC, 'tx'), 9) == [None, None]


def test_a_gap_is_one_in_the_graph_and_rates_go_on_over_it() -> None:
    history = figures.History()
    history.miss()
    history.add(answer(0, disk_details=_disk(0)))
    history.miss()
    history.add(answer(4, disk_details=_disk(800)))
    assert history.series(READ, 9) == [None, None, 200]
    assert history.series(CPU, 9) == [15, None, 15]


def test_devices_that_come_and_go_and_answers_without() -> None:
    history = figures.History()
    history.add(answer(0, cpu_details=None, nic_details=[], disk_details=None,
                       memory_details=None))
    assert history.keys() == [('memory', '', 'used')]
    history.add(answer(2, disk_details=_disk(800)))
    assert history.series(READ, 9) == [None, None]
    assert history.series(('memory', '', 'used'), 9) == [None, 256]


def test_it_does_not_grow_for_ever() -> None:
    history = figures.History()
    for number in range(figures.LENGTH + 50):
        history.add(answer(float(number)))
    assert len(history.series(CPU, 10 ** 6)) == figures.LENGTH
