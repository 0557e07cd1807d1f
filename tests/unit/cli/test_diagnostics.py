# SPDX-License-Identifier: Apache-2.0
"""The command that shows a server's diagnostics, from its arguments to its output."""

from __future__ import annotations

import json
from typing import Optional

import ddt

from nova_ext.cli import exceptions
from nova_ext.cli.diagnostics import ShowServerDiagnostics
from nova_ext.cli.watch import command
from tests.unit.cli import answers, base


class TestOutput(base.CommandTestCase):
    def test_json_is_the_answer_of_the_api(self) -> None:
        body = answers.make_body(uptime=None)
        self.api.answers['/servers/7/diagnostics'] = [(200, body)]
        output = self.run_command(ShowServerDiagnostics, 'web1', '-f', 'json')
        self.assertEqual(list(body.items()), list(json.loads(output).items()))

    def test_tables_have_units_and_one_table_for_each_kind_of_device(self) -> None:
        self.api.answers['/servers/7/diagnostics'] = [(200, answers.make_body(uptime=None))]
        output = self.run_command(ShowServerDiagnostics, 'web1')
        for expected in (
                '| uptime         | -                     |',
                '| memory_details | 256 of 512 MiB (50 %) |',
                '| 1    | 15 % | 17.3 s |',
                '| fa:16:3e:4e:0f:00 | received  | 300 B/s '
                '| 2.0 KiB | 12      | 0      | 1       |',
                '|                   | sent      | 300 B/s |',
                '| 0    | 256.0 KiB | 112           | 1.0 KiB | 48             | -      |'):
            self.assertIn(expected, output)
        self.assertNotIn('cpu_details', output)

    def test_chosen_columns_have_a_table_only_where_there_are_devices(self) -> None:
        self.api.answers['/servers/7/diagnostics'] = [
            (200, answers.make_body(nic_details=None, cpu_details=[]))]
        output = self.run_command(
            ShowServerDiagnostics, 'web1', '-c', 'nic_details', '-c', 'cpu_details',
            '-c', 'disk_details')
        self.assertIn('| nic_details | -     |', output)  # unknown
        self.assertNotIn('vCPU', output)  # none
        self.assertIn('Write Requests', output)


@ddt.ddt
class TestWatchOption(base.CommandTestCase):
    @ddt.data('x', '0', '0.4', '-1', '3601', 'nan', 'inf')
    def test_invalid_interval_is_an_error(self, interval: str) -> None:
        errors = self.capture_output('stderr')
        with self.assert_raises(SystemExit) as caught:
            self.make_parser(ShowServerDiagnostics).parse_args(['web1', '--watch', interval])
        self.assertEqual(2, caught.exception.code)
        self.assert_matches(
            '^openstack: error: argument --watch: ', errors.getvalue().splitlines()[-1])

    @ddt.data(([], None), (['--watch'], command.INTERVAL), (['--watch', '0.5'], 0.5),
              (['--watch=10'], 10))
    @ddt.unpack
    def test_valid_interval_is_accepted(
            self, arguments: list[str], interval: Optional[float]) -> None:
        parsed = self.make_parser(ShowServerDiagnostics).parse_args(['web1', *arguments])
        self.assertEqual(interval, parsed.watch)

    def test_format_other_than_table_and_json_raises(self) -> None:
        with self.assert_raises(
                exceptions.ClientError, r'^--watch shows a view, or lines of JSON'):
            self.run_command(ShowServerDiagnostics, 'web1', '--watch', '-f', 'yaml')
