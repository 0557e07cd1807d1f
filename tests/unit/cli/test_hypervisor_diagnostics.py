# SPDX-License-Identifier: Apache-2.0
"""The command that shows what the servers of a host use, from its arguments to its output."""

from __future__ import annotations

import json
from typing import Any

import ddt

from nova_ext.cli import exceptions
from nova_ext.cli.hypervisor_diagnostics import ShowHypervisorDiagnostics
from tests.unit.cli import base
from tests.unit.cli.test_commands import make_hypervisor
from tests.unit.openmetrics import entries

PATH = '/os-hypervisors/h1/diagnostics'


def make_server(name: str, use: int, **values: Any) -> dict[str, Any]:
    """Return an entry whose two vCPUs have that utilisation in percent."""
    return entries.make_entry(f'id-{name}', server_name=name, cpu_details=[
        {'id': number, 'time': 17, 'utilisation': use} for number in range(2)], **values)


@ddt.ddt
class TestHypervisorDiagnostics(base.CommandTestCase):
    def setUp(self) -> None:
        """Have three servers on the host of one of two hypervisors."""
        super().setUp()
        other = make_hypervisor(
            id='h2', hypervisor_hostname='stack2.example', service={'host': 'stack2'})
        self.api.answers['/os-hypervisors/detail'] = [
            (200, {'hypervisors': [make_hypervisor(), other]})]
        self.api.answers[PATH] = [(200, {'diagnostics': [
            make_server('idle', 0, memory_details={'maximum': 64, 'used': 60}),
            entries.make_hung('id-hung', server_name='hung'),
            make_server('busy', 90, memory_details={'maximum': 64, 'used': 6})]})]

    def names(self, *arguments: str) -> list[str]:
        """Return the names of the servers in the order in which they are shown."""
        output = self.run_command(ShowHypervisorDiagnostics, *arguments, '-f', 'json')
        return [row['Name'] for row in json.loads(output)]

    def test_table_has_units_and_the_busiest_server_first(self) -> None:
        lines = self.run_command(ShowHypervisorDiagnostics, 'stack1').splitlines()
        rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[3:-1]]
        self.assertEqual([
            ['id-busy', 'busy', 'running', 'yes', '180 %', '6 MiB', '300 B/s', '300 B/s',
             '257.0 KiB'],
            ['id-idle', 'idle', 'running', 'yes', '0 %', '60 MiB', '300 B/s', '300 B/s',
             '257.0 KiB'],
            ['id-hung', 'hung', 'running', 'no', '-', '-', '-', '-', '-']], rows)

    @ddt.data(('memory', ['idle', 'busy', 'hung']), ('cpu', ['busy', 'idle', 'hung']),
              ('disk', ['busy', 'idle', 'hung']), ('rx', ['busy', 'idle', 'hung']))
    @ddt.unpack
    def test_servers_are_sorted_and_what_is_unknown_is_last(
            self, key: str, names: list[str]) -> None:
        self.assertEqual(names, self.names('h1', '--sort', key))

    @ddt.data('h2', 'stack2.example', 'stack2')
    def test_hypervisor_is_found_by_id_hostname_and_host(self, name: str) -> None:
        self.api.answers['/os-hypervisors/h2/diagnostics'] = [(200, {'diagnostics': []})]
        self.assertEqual([], self.names(name))

    def test_all_pages_are_read(self) -> None:
        pages = [{'diagnostics': [make_server('a', 1), make_server('b', 2)],
                  'diagnostics_links': [{'rel': 'next', 'href': 'http://inside.example/'}]},
                 {'diagnostics': [make_server('c', 3)]}]
        self.api.answers[PATH] = [(200, page) for page in pages]
        self.assertEqual(['c', 'b', 'a'], self.names('stack1'))
        self.assertEqual([{}, {'marker': ['id-b']}],
                         [request.query for request in self.api.requests[-2:]])

    def test_hypervisor_that_is_not_there_is_said_so(self) -> None:
        with self.assert_raises(
                exceptions.NoSuchHypervisor,
                "^There is no hypervisor with the name or ID 'stack3'.$"):
            self.names('stack3')

    def test_hypervisor_may_be_in_a_cell_that_is_down(self) -> None:
        self.api.answers['/os-hypervisors/detail'] = [(200, {
            'hypervisors': [make_hypervisor()], 'down_cells': {'c3': 'west', 'c2': 'east'}})]
        with self.assert_raises(
                exceptions.NoSuchHypervisor,
                "'stack3'. It may be in a cell that does not answer now: east, west.$"):
            self.names('stack3')

    def test_name_of_several_is_refused(self) -> None:
        self.api.answers['/os-hypervisors/detail'] = [
            (200, {'hypervisors': [make_hypervisor(), make_hypervisor(id='h3')]})]
        with self.assert_raises(exceptions.NoSuchHypervisor, "^More than one hypervisor"):
            self.names('stack1')

    def test_older_cloud_is_said_so_in_a_sentence_before_anything_is_asked(self) -> None:
        self.api.serve('1.0', '1.1', ('/os-hypervisors/detail',))
        for arguments in (['stack1'], ['stack1', '--watch']):
            with self.assert_raises(
                    exceptions.NotServed,
                    r'^GET /os-hypervisors/\{hypervisor_id\}/diagnostics needs nova-ext 1\.2; '
                    r'this cloud serves it up to 1\.1\.$'):
                self.names(*arguments)
            self.assertEqual('/nova-ext', self.api.requests[-1].path)

    def test_cloud_without_nova_ext_is_said_so(self) -> None:
        self.api.answers['/nova-ext'] = [(404, {})]
        with self.assert_raises(exceptions.NotServed, '^This cloud has no nova-ext'):
            self.names('stack1')

    def test_silent_host_is_said_so(self) -> None:
        self.api.answers[PATH] = [(503, {'serviceUnavailable': {'message': 'stack1 is down.'}})]
        with self.assert_raises(exceptions.Refused, r'^stack1 is down\. \(HTTP 503\)$'):
            self.names('stack1')
