# SPDX-License-Identifier: Apache-2.0
"""Commands whose reader goes away."""

from __future__ import annotations

import os
import subprocess
import sys

import ddt

from nova_ext.cmd import closed_pipes
from sandbox import settings
from tests.unit import base

#: More than a pipe takes, so that the command is still printing when its reader is gone.
SCRIPT = '''
import sys
from nova_ext.cmd import closed_pipes
def main():
    for number in range({lines}):
        print(number)
    return 7
sys.exit(closed_pipes.run(main))
'''


@ddt.ddt
class TestClosedPipe(base.TestCase):
    def run_without_reader(self, *command: str) -> tuple[int, str]:
        """Run a command whose output nobody reads; return its status and what it complains of."""
        environment = {name: value for name, value in os.environ.items()
                       if name != 'PYTHONUNBUFFERED'}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
            cwd=settings.CHECKOUT)
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        return process.wait(60), errors

    @ddt.data(1, 100_000)
    def test_command_ends_without_a_traceback(self, lines: int) -> None:
        self.assertEqual((closed_pipes.CLOSED, ''), self.run_without_reader(
            sys.executable, '-c', SCRIPT.format(lines=lines)))

    def test_command_that_exits_by_itself_ends_without_a_traceback(self) -> None:
        """As a parser does that has printed its help."""
        self.assertEqual((closed_pipes.CLOSED, ''), self.run_without_reader(
            sys.executable, '-c', SCRIPT.format(lines=1).replace('return 7', 'sys.exit(0)')))

    @ddt.data(('sandbox/stack', 'status'), ('sandbox/stack', '--help'))
    def test_sandbox_ends_without_a_traceback(self, command: tuple[str, ...]) -> None:
        self.assertEqual((closed_pipes.CLOSED, ''), self.run_without_reader(*command))

    def test_status_command_ends_without_a_traceback(self) -> None:
        status, errors = self.run_without_reader(
            sys.executable, '-W', 'ignore', '-m', 'nova_ext.cmd.status',
            '--config-file', os.devnull, 'upgrade', 'check')
        self.assertEqual(closed_pipes.CLOSED, status)
        self.assertNotIn('Traceback', errors)

    def test_status_of_a_command_that_is_read_is_its_own(self) -> None:
        done = subprocess.run(
            [sys.executable, '-c', SCRIPT.format(lines=1)], capture_output=True, text=True,
            cwd=settings.CHECKOUT, timeout=60, check=False)
        self.assertEqual((7, '0\n'), (done.returncode, done.stdout))
