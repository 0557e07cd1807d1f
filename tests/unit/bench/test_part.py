# SPDX-License-Identifier: Apache-2.0
"""Running one part of ``make bench``."""

from __future__ import annotations

import subprocess
import sys
import time

from bench import part
from tests.unit import base

#: Sets something up, waits, and takes it down.
WAITING = '''
import signal, sys, time
signal.signal(signal.SIGTERM, {handler})
try:
    print("set up", flush=True)
    time.sleep(300)
finally:
    print("taken down", flush=True)
'''


def waiting(handler: str) -> list[str]:
    """Return a command that waits, and handles SIGTERM in that way."""
    return [sys.executable, '-c', WAITING.format(handler=handler)]


class TestRun(base.TestCase):
    def test_output_is_returned(self) -> None:
        self.assertEqual('done\n', part.run(['echo', 'done'], 30))

    def test_failure_has_the_output(self) -> None:
        with self.assert_raises(subprocess.CalledProcessError) as failed:
            part.run(['sh', '-c', 'echo done; exit 3'], 30)
        self.assertEqual((3, 'done\n'), (failed.exception.returncode, failed.exception.stdout))

    def test_part_that_takes_too_long_takes_down_what_it_has_set_up(self) -> None:
        with self.assert_raises(subprocess.TimeoutExpired) as ended:
            part.run(waiting('lambda *_: sys.exit(1)'), 1)
        self.assertEqual('set up\ntaken down\n', ended.exception.output)

    def test_part_that_does_not_end_then_is_killed(self) -> None:
        with self.assert_raises(subprocess.TimeoutExpired) as ended:
            part.run(waiting('signal.SIG_IGN'), 1, grace=0.1)
        self.assertEqual('set up\n', ended.exception.output)

    def test_what_a_killed_part_has_started_is_not_waited_for(self) -> None:
        self.patch(part, '_CLOSED', 0.1)
        command = ['sh', '-c', 'echo set up; setsid sleep 60 & trap "" TERM; wait; sleep 60']
        began = time.monotonic()
        with self.assert_raises(subprocess.TimeoutExpired) as ended:
            part.run(command, 1, grace=0.1)
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual('set up\n', ended.exception.output)

    def test_part_is_run_so_that_it_ends_in_order(self) -> None:
        command = [sys.executable, '-c', (
            'import runpy, signal, os; from bench import part; '
            'runpy.run_module = lambda name, run_name: os.kill(os.getpid(), signal.SIGTERM); '
            'part._main("driver")')]
        done = subprocess.run(command, check=False, timeout=60)
        self.assertEqual(128 + 15, done.returncode)
