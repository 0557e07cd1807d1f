# SPDX-License-Identifier: Apache-2.0
"""``openstack hypervisor maintenance`` where it cannot do what it is asked for."""

from __future__ import annotations

from typing import Any

import ddt

from nova_ext.cli.hypervisor_maintenance import (
    ListHypervisorMaintenance,
    SetHypervisorMaintenance,
    UnsetHypervisorMaintenance,
)
from tests.unit.cli.maintenance_cloud import END, NAME, START, WINDOW, MaintenanceTestCase


@ddt.ddt
class TestRefusals(MaintenanceTestCase):
    @ddt.data(
        (('--start', '2036-12-01T02:00', '--end', END), 'has no time zone'),
        (('--start', 'soon', '--end', END), "--start 'soon' is no ISO 8601 time"),
        (('--start', START, '--end', 'later'), "--end 'later' is no ISO 8601 time"),
        (('--start', END, '--end', START),
         f'--end {START} is not after --start {END}.'),
        (('--start', START, '--end', START), 'is not after'),
        (('--start', '2020-01-01T00:00Z', '--end', '2020-01-02T00:00Z'), 'has passed'),
        ((*WINDOW, '--reason', 'x' * 256), '--reason has 256 characters; 255 fit.'))
    @ddt.unpack
    def test_arguments_are_checked_before_anything_is_asked(
            self, arguments: tuple[str, ...], message: str) -> None:
        self.assertIn(message, self.refusal(SetHypervisorMaintenance, 'a', *arguments))
        self.assertEqual([], self.cloud.requests)

    @ddt.data('nowhere', 'A', 'a b', 'x' * 250)
    def test_host_that_nova_does_not_know_leaves_nothing(self, host: str) -> None:
        self.assertIn('(HTTP 4', self.refusal(SetHypervisorMaintenance, host, *WINDOW))
        self.assertEqual({}, self.aggregates())

    def test_host_with_another_announcement_is_refused(self) -> None:
        self.cloud.nova.announce('true', 'a')
        [name] = self.aggregates()
        self.assertIn(
            f"The aggregate '{name}' announces maintenance of a already (../..): take that back "
            'first, with `openstack aggregate unset --property nova_ext:maintenance ',
            self.refusal(SetHypervisorMaintenance, 'a', *WINDOW))
        self.assertEqual({name}, self.aggregates().keys())

    def test_announcement_of_an_operator_is_not_taken_back(self) -> None:
        self.announce('a')
        self.cloud.nova.announce('2036-01-01T00:00Z/..', 'a')
        self.assertIn('(2036-01-01T00:00:00Z/..), which no command of nova-ext has set',
                      self.refusal(UnsetHypervisorMaintenance, 'a'))
        [(hosts, _)] = self.aggregates().values()
        self.assertEqual(['a'], hosts)

    def test_aggregate_with_other_hosts_is_not_changed(self) -> None:
        self.cloud.nova.add_aggregate(NAME, 'a', 'b', **{'nova_ext:maintenance': 'true'})
        self.assertEqual(
            f"The aggregate '{NAME}' has other hosts (b), for which this would be announced, too: "
            'remove them first.', self.refusal(SetHypervisorMaintenance, 'a', *WINDOW))
        self.take_back('a')
        self.assertEqual({NAME: (['b'], {'nova_ext:maintenance': 'true'})}, self.aggregates())
        self.assertIn(f"The aggregate '{NAME}' stays: somebody has given it b.", self.logs.text)

    def test_aggregate_with_other_properties_is_not_deleted(self) -> None:
        self.cloud.nova.add_aggregate(NAME, 'a', ssd='true', **{'nova_ext:maintenance': 'true'})
        self.take_back('a')
        self.assertEqual({NAME: ([], {'ssd': 'true'})}, self.aggregates())
        self.assertIn('stays: somebody has given it ssd.', self.logs.text)

    @ddt.data(SetHypervisorMaintenance, UnsetHypervisorMaintenance, ListHypervisorMaintenance)
    def test_member_is_refused_by_nova(self, command: Any) -> None:
        arguments = {SetHypervisorMaintenance: ['a', *WINDOW], UnsetHypervisorMaintenance: ['a'],
                     ListHypervisorMaintenance: []}[command]
        self.assertIn("Policy doesn't allow os_compute_api:os-aggregates:index",
                      self.refusal(command, *arguments, user='member'))

    def test_cloud_without_nova_ext_is_told(self) -> None:
        self.cloud.app = self.cloud.stock_app
        self.assertIn('This cloud has no nova-ext',
                      self.refusal(SetHypervisorMaintenance, 'a', *WINDOW))
        self.assertEqual({}, self.aggregates())


@ddt.ddt
class TestFailures(MaintenanceTestCase):
    @ddt.data('set_metadata', 'add_host')
    def test_what_was_made_is_deleted_when_a_step_fails(self, action: str) -> None:
        self.refuse_in_nova(action)
        self.assertEqual('Nova is broken. (HTTP 500)',
                         self.refusal(SetHypervisorMaintenance, 'a', *WINDOW))
        self.assertEqual({}, self.aggregates())

    def test_what_cannot_be_deleted_is_named(self) -> None:
        self.refuse_in_nova('add_host', 'DELETE')
        message = self.refusal(SetHypervisorMaintenance, 'a', *WINDOW)
        self.assert_matches(
            fr"^Nova is broken\. \(HTTP 500\) The aggregate '{NAME}' \(\d+\) was left behind: "
            r'Nova is broken\. \(HTTP 500\)$', message)
        self.assertEqual({}, self.shown())

    def test_what_was_left_behind_is_used_and_deleted_later(self) -> None:
        self.cloud.nova.add_aggregate(NAME)
        self.announce('a')
        self.assertEqual([NAME], list(self.aggregates()))
        self.assertEqual({'a'}, self.shown().keys())
        self.take_back('a')
        self.assertEqual({}, self.aggregates())

    def test_nothing_is_announced_of_a_host_that_nova_has_forgotten(self) -> None:
        self.cloud.nova.map_host('gone')
        self.cloud.nova.add_node('gone')
        self.cloud.nova.add_aggregate(
            'nova-ext-maintenance-gone', 'gone', **{'nova_ext:maintenance': 'true'})
        message = self.refusal(UnsetHypervisorMaintenance, 'gone')
        self.assertIn("the aggregate 'nova-ext-maintenance-gone' could not be deleted", message)
        self.assertEqual({'nova-ext-maintenance-gone': (['gone'], {})}, self.aggregates())

    def test_others_stay_announced_beside_a_host_that_nova_has_forgotten(self) -> None:
        self.cloud.nova.map_host('gone')
        self.cloud.nova.add_node('gone')
        name, metadata = 'nova-ext-maintenance-gone', {'nova_ext:maintenance': 'true'}
        self.cloud.nova.add_aggregate(name, 'gone', 'b', **metadata)
        self.assertEqual(
            f"Nova does not find gone in the aggregate '{name}', which was left as it is because "
            'it is for b, too.', self.refusal(UnsetHypervisorMaintenance, 'gone'))
        self.assertEqual({name: (['b', 'gone'], metadata)}, self.aggregates())

    def test_window_stays_when_it_cannot_be_replaced(self) -> None:
        self.announce('a')
        self.refuse_in_nova('set_metadata')
        self.refusal(SetHypervisorMaintenance, 'a', '--start', START, '--end', '2037-01-01T00Z')
        self.assertEqual(END, self.shown()['a']['end'])

    def test_empty_aggregate_that_cannot_be_deleted_is_named(self) -> None:
        self.announce('a')
        self.refuse_in_nova('DELETE')
        self.assertEqual(
            f"Nothing is announced for a any more, but the aggregate '{NAME}' could not be "
            'deleted: Nova is broken. (HTTP 500)', self.refusal(UnsetHypervisorMaintenance, 'a'))
        self.assertEqual({}, self.shown())
