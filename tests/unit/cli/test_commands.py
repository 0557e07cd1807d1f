# SPDX-License-Identifier: Apache-2.0
"""The commands that list servers and hypervisors, from their arguments to their output."""

from __future__ import annotations

import csv
import io
import logging
from typing import Any

from nova_ext.cli import exceptions
from nova_ext.cli.host_status import ListServerHostStatus
from nova_ext.cli.hypervisors import ListHypervisorStatus
from tests.unit.cli import base

MAINTENANCE = {'start': '2026-12-01T02:00:00Z', 'end': None, 'reason': 'fans'}

REASON = {'disabled': False, 'disabled_reason': None, 'forced_down': False, 'silent': True,
          'last_seen_up': '2026-11-21T09:30:05Z'}


def make_server(**values: Any) -> dict[str, Any]:
    return {'id': '7', 'name': 'web1', 'status': 'ACTIVE', 'host_status': 'NEEDS_MAINTENANCE',
            'host_maintenance': MAINTENANCE, 'host_status_reason': REASON,
            'host_status_since': '2026-11-21T09:30:05Z', 'OS-EXT-SRV-ATTR:host': 'stack1',
            'OS-EXT-AZ:availability_zone': 'nova', 'OS-EXT-STS:power_state': 1,
            'OS-EXT-STS:task_state': None, 'tenant_id': 'p1', **values}


class TestHostStatus(base.CommandTestCase):
    def test_options_are_sent_and_columns_printed(self) -> None:
        self.api.answers['/servers/detail'] = [
            (200, {'servers': [make_server(), make_server(host_status='')]})]
        output = self.run_command(
            ListServerHostStatus, '--host-status', 'needs_maintenance', '--host-status', 'UP',
            '--all-projects', '--long', '--marker', 'web1', '--limit', '5', '-f', 'csv')
        needing, without = csv.DictReader(io.StringIO(output))
        self.assertEqual({
            'ID': '7', 'Name': 'web1', 'Status': 'ACTIVE', 'Host Status': 'NEEDS_MAINTENANCE',
            'Host Maintenance': str(MAINTENANCE), 'Host Status Reason': str(REASON),
            'Host Status Since': '2026-11-21T09:30:05Z', 'Host': 'stack1',
            'Availability Zone': 'nova', 'Power State': '1', 'Task State': 'None',
            'Project ID': 'p1'}, needing)
        self.assertEqual('', without['Host Status'])
        self.assertEqual({
            'host_status': ['NEEDS_MAINTENANCE', 'UP'], 'all_tenants': ['1'], 'marker': ['7'],
            'limit': ['5']}, self.api.requests[-1].query)

    def test_cell_that_does_not_answer_is_logged(self) -> None:
        unknown = {'id': '8', 'status': 'UNKNOWN', 'host_status': 'UNKNOWN'}
        self.api.answers['/servers/detail'] = [
            (200, {'servers': [make_server(), unknown], 'down_cells': {'c2': 'cell2'}})]
        self.assertIn('| 8  | -    | UNKNOWN | UNKNOWN           |',
                      self.run_command(ListServerHostStatus))
        self.assertIn('The database of cell cell2 (c2) does not answer: servers in it may be '
                      'missing', self.logs.text)

    def test_missing_permission_is_logged_with_the_rule(self) -> None:
        server = make_server()
        del server['host_status']
        self.api.answers['/servers/detail'] = [(200, {'servers': [server]})]
        self.assertIn('| 7  | web1 | ACTIVE | -           |',
                      self.run_command(ListServerHostStatus))
        self.assertEqual(
            [(logging.WARNING, 'You may not see the status of hosts: that needs the rule '
                               'os_compute_api:servers:show:host_status.')],
            [(record.levelno, record.getMessage()) for record in self.logs.records
             if record.name.startswith('nova_ext')])


def make_hypervisor(**values: Any) -> dict[str, Any]:
    return {'id': 'h1', 'hypervisor_hostname': 'stack1', 'state': 'up', 'status': 'disabled',
            'service': {'id': 's1', 'host': 'stack1', 'disabled_reason': 'new fans'},
            'forced_down': False, 'last_seen_up': '2026-11-21T09:30:05Z',
            'maintenance': MAINTENANCE, 'missing_records': [], **values}


class TestHypervisors(base.CommandTestCase):
    def test_options_are_sent_and_columns_printed(self) -> None:
        gone = make_hypervisor(
            id='h2', status=None, state='down', forced_down=None, last_seen_up=None,
            maintenance=None, missing_records=['service'])
        del gone['service']
        self.api.answers['/os-hypervisors/detail'] = [(200, {
            'hypervisors': [make_hypervisor(), gone], 'down_cells': {'c2': 'cell2'}})]
        output = self.run_command(
            ListHypervisorStatus, '--long', '--state', 'up', '--status', 'disabled',
            '--host', 'stack1', '--host', 'stack2', '--aggregate', 'rack1',
            '--availability-zone', 'nova')
        first, second = ([cell.strip() for cell in line.split('|')[1:-1]]
                         for line in output.splitlines()[3:5])
        self.assertEqual(['h1', 'stack1', 'up', 'disabled', 'new fans', 'no',
                          '2026-11-21T09:30:05Z', 'from 2026-12-01T02:00:00Z (fans)', '-'], first)
        self.assertEqual(['h2', 'stack1', 'down', '-', '-', '-', '-', '-', 'service'], second)
        self.assertEqual(
            {'state': ['up'], 'status': ['disabled'], 'host': ['stack1', 'stack2'],
             'aggregate': ['rack1'], 'availability_zone': ['nova']},
            self.api.requests[-1].query)
        self.assertIn('The database of cell cell2 (c2) does not answer', self.logs.text)

    def test_places_need_1_2(self) -> None:
        self.api.serve('1.0', '1.1')
        for option in ('--host', '--aggregate', '--availability-zone'):
            with self.assert_raises(exceptions.NotServed, fr'^{option} needs nova-ext 1\.2;'):
                self.run_command(ListHypervisorStatus, option, 'x')

    def test_long_list_needs_1_1(self) -> None:
        self.api.serve('1.0', '1.0')
        with self.assert_raises(exceptions.NotServed, r'^--long needs nova-ext 1\.1;'):
            self.run_command(ListHypervisorStatus, '--long')
