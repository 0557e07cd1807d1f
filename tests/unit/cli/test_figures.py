# SPDX-License-Identifier: Apache-2.0
"""Figures that the API tells, and those that are calculated from two answers."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.cli.watch import figures
from tests.unit import base
from tests.unit.cli.answers import MAC, make_answer

MEMORY = ('memory', '', 'used')
CPU = ('cpu', '0', 'use')
RX = ('nic', MAC, 'rx')
READ = ('disk', '0', 'read')


def make_disk(read: int | None) -> list[dict[str, Any]]:
    return [{'read_bytes': read, 'write_bytes': 0, 'errors_count': None}]


@ddt.ddt
class TestHistory(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.history = figures.History()

    def assert_series(self, expected: list[float | None], key: figures.Key) -> None:
        self.assertEqual(expected, self.history.series(key, 9))

    def test_figures_of_an_answer_are_in_its_order(self) -> None:
        self.assertEqual([], self.history.keys())
        self.history.add(make_answer(0))
        self.assertEqual(
            [MEMORY, CPU, ('cpu', '1', 'use'), RX, ('nic', MAC, 'tx'), READ,
             ('disk', '0', 'written')], self.history.keys())
        self.assert_series([256], MEMORY)
        self.assert_series([15], CPU)
        self.assert_series([300], RX)
        self.assert_series([None], READ)

    @ddt.data(
        ([0, 1000, 1000, 7000], [None, 500, 0, 3000]),
        ([5000, 100, 300], [None, None, 100]),  # the counter was reset
        ([0, None, 400], [None, None, None]))
    @ddt.unpack
    def test_rates_of_disks_are_calculated_from_counters_and_time(
            self, counts: list[int | None], rates: list[float | None]) -> None:
        for number, count in enumerate(counts):
            self.history.add(make_answer(2.0 * number, disk_details=make_disk(count)))
        self.assert_series(rates, READ)
        self.assertEqual(rates[-1:], self.history.series(READ, 1))

    def test_figures_that_the_api_leaves_unknown_are_calculated_from_counters(self) -> None:
        for number in range(2):
            self.history.add(make_answer(4.0 * number, cpu_details=[
                {'id': 0, 'time': number * 10 ** 9, 'utilisation': None},
                {'id': 1, 'time': number * 9 * 10 ** 9, 'utilisation': None}], nic_details=[
                {'mac_address': MAC, 'rx_octets': number * 400, 'rx_rate': None,
                 'tx_octets': None, 'tx_rate': None}]))
        self.assert_series([None, 25], CPU)
        self.assert_series([None, 100], ('cpu', '1', 'use'))  # the maximum
        self.assert_series([None, 100], RX)
        self.assert_series([None, None], ('nic', MAC, 'tx'))

    def test_missed_answer_is_a_gap_over_which_rates_are_calculated(self) -> None:
        self.history.miss()
        self.history.add(make_answer(0, disk_details=make_disk(0)))
        self.history.miss()
        self.history.add(make_answer(4, disk_details=make_disk(800)))
        self.assert_series([None, None, 200], READ)
        self.assert_series([15, None, 15], CPU)

    def test_devices_may_be_unknown_and_may_be_added(self) -> None:
        self.history.add(make_answer(0, cpu_details=None, nic_details=[], disk_details=None,
                                     memory_details=None))
        self.assertEqual([MEMORY], self.history.keys())
        self.history.add(make_answer(2, disk_details=make_disk(800)))
        self.assert_series([None, None], READ)
        self.assert_series([None, 256], MEMORY)

    def test_length_is_limited(self) -> None:
        for number in range(figures.LENGTH + 50):
            self.history.add(make_answer(float(number)))
        self.assertEqual(figures.LENGTH, len(self.history.series(CPU, 10 ** 6)))
