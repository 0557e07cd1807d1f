# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor maintenance`` announces, replaces, takes back and lists."""

from __future__ import annotations

from tests.unit.cli.maintenance_cloud import END, NAME, START, WINDOW, MaintenanceTestCase


class TestAnnouncing(MaintenanceTestCase):
    def test_window_is_announced_for_the_host_alone(self) -> None:
        self.announce('a', *WINDOW, '--reason', 'n\xe9w switch')
        self.assertEqual({'a': {'start': START, 'end': END, 'reason': 'n\xe9w switch'}},
                         self.shown())
        self.assertEqual({NAME: (['a'], {
            'nova_ext:maintenance': f'{START}/{END}',
            'nova_ext:maintenance_reason': 'n\xe9w switch'})}, self.aggregates())

    def test_second_window_replaces_the_first_and_its_reason(self) -> None:
        self.announce('a', *WINDOW, '--reason', 'new switch')
        for _ in range(2):
            self.announce('a', '--start', START, '--end', '2036-12-01T09:00Z')
            self.assertEqual(
                {'a': {'start': START, 'end': '2036-12-01T09:00:00Z', 'reason': None}},
                self.shown())
        self.assertEqual({NAME}, self.aggregates().keys())

    def test_taking_back_leaves_nothing(self) -> None:
        self.announce('a')
        self.announce('b')
        for _ in range(2):
            self.take_back('a')
            self.assertEqual({'b'}, self.shown().keys())
            self.assertEqual({'nova-ext-maintenance-b'}, self.aggregates().keys())

    def test_list_has_those_of_every_aggregate(self) -> None:
        self.assertEqual([], self.rows())
        self.announce('a', *WINDOW, '--reason', 'new switch')
        for number, (value, host) in enumerate((
                ('2020-01-01T00:00Z/..', 'b'), ('true', 'c'), ('false', 'a'), ('soon', 'b'),
                ('2020-01-01T00:00Z/2020-01-01T01:00Z', 'a'))):
            self.cloud.nova.add_aggregate(f'rack{number}', host, **{'nova_ext:maintenance': value})
        self.cloud.nova.add_aggregate('rack', 'a', ssd='true')
        columns = ('Host', 'Start', 'End', 'Reason', 'Aggregate', 'State')
        expected = {
            ('a', START, END, 'new switch', NAME, 'upcoming'),
            ('b', '2020-01-01T00:00:00Z', 'None', 'None', 'rack0', 'ongoing'),
            ('c', 'None', 'None', 'None', 'rack1', 'ongoing'),
            ('b', 'soon', 'None', 'None', 'rack3', 'upcoming'),
            ('a', '2020-01-01T00:00:00Z', '2020-01-01T01:00:00Z', 'None', 'rack4', 'over')}
        self.assertEqual(expected, {tuple(row[name] for name in columns) for row in self.rows()})

    def test_window_that_is_over_elsewhere_does_not_matter(self) -> None:
        self.cloud.nova.announce('2020-01-01T00:00Z/2020-01-01T01:00Z', 'a')
        self.cloud.nova.announce('false', 'a')
        self.announce('a')
        self.assertEqual({'a'}, self.shown().keys())
        self.take_back('a')
