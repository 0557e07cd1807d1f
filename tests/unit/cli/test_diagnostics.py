# SPDX-License-Identifier: Apache-2.0
"""The command that shows a server's diagnostics, from its arguments to its output."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import Optional

import ddt
import fixtures

from nova_ext.cli import exceptions
from nova_ext.cli.diagnostics import ShowServerDiagnostics
from nova_ext.cli.watch import command
from tests.unit.cli import answers, base

#: Everything but the view works where rich is not installed.
WITHOUT_RICH = '''
import sys
sys.modules['rich'] = None
from nova_ext.cli import exceptions
from nova_ext.cli.watch import command, lines
try:
    command._screen(sys.stdout, None)
except exceptions.ClientError as error:
    print(error)
'''


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

    def test_tables_of_version_1_2_say_what_devices_are_and_how_long_they_took(self) -> None:
        self.api.answers['/servers/7/diagnostics'] = [(200, answers.make_body_1_2())]
        output = self.run_command(ShowServerDiagnostics, 'web1')
        lines = output.splitlines()
        for expected in (
                f'| state_reason   | unpaused{" " * 14}|',
                f'| guest_agent    | yes{" " * 19}|',
                '| vCPU | Use  | Time   | Delayed | Waited |',
                '| 0    | 15 % | 17.3 s | 0.2 s   | -      |',
                f'| {answers.MAC} | tap0b07ff5c-6a | {answers.PORT} | {answers.NETWORK} |',
                '| vda  | 256.0 KiB | 112           | 1.0 KiB | 48             | -      |',
                f'| vda  | 1.5 s     | 2.5 s      | 3       | -          | virtio | 0    '
                f'| {answers.VOLUME} |'):
            self.assertIn(expected, lines)

    def test_older_versions_have_no_columns_of_newer_ones(self) -> None:
        self.api.serve('1.0', '1.1')
        self.api.answers['/servers/7/diagnostics'] = [(200, answers.make_body())]
        output = self.run_command(ShowServerDiagnostics, 'web1')
        for name in ('Port', 'Volume', 'Boot', 'Delayed', 'Waited', 'state_reason', 'guest_agent'):
            self.assertNotIn(name, output)

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

    @ddt.data(('xterm', True, True), ('dumb', True, False), ('unknown', True, False),
              (None, True, False), ('xterm', False, False))
    @ddt.unpack
    def test_view_needs_a_terminal_that_can_be_redrawn(
            self, term: Optional[str], is_terminal: bool, redrawn: bool) -> None:
        self.useFixture(fixtures.EnvironmentVariable('TERM', term))
        output = io.StringIO()
        self.patch(output, 'isatty', lambda: is_terminal)
        self.assertIs(redrawn, command.can_redraw(output))

    def test_view_without_rich_is_refused_in_a_sentence(self) -> None:
        done = subprocess.run(
            [sys.executable, '-c', WITHOUT_RICH],
            env={**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)},
            capture_output=True, text=True, check=True)
        self.assertEqual(
            "The view needs the Python package 'rich' (python3-rich in Debian): install it, or "
            'add -f json for lines of JSON.\n', done.stdout)

    def test_format_other_than_table_and_json_raises(self) -> None:
        with self.assert_raises(
                exceptions.ClientError, r'^--watch shows a view, or lines of JSON'):
            self.run_command(ShowServerDiagnostics, 'web1', '--watch', '-f', 'yaml')
