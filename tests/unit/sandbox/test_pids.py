# SPDX-License-Identifier: Apache-2.0
"""Processes of the sandbox's hosts, by their pids."""

from __future__ import annotations

import os
import subprocess
import sys

from sandbox import pids
from tests.unit import base

#: Starts another process, which is no child of ours, and prints its pid.
PROGRAM = ('import subprocess, sys; '
           'print(subprocess.Popen(["sleep", "60"]).pid, flush=True); sys.stdin.read()')


class TestOuter(base.TestCase):
    def test_process_that_is_no_child_of_the_first_is_found(self) -> None:
        with subprocess.Popen([sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            grandchild = int(child.stdout.readline())
            self.assertEqual(grandchild, pids.outer(os.getpid(), grandchild))
            os.kill(grandchild, 9)

    def test_process_that_has_ended_is_none(self) -> None:
        ended = subprocess.Popen(['true'])
        ended.wait()
        self.assertIsNone(pids.outer(os.getpid(), ended.pid))
