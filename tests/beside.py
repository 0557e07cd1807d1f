# SPDX-License-Identifier: Apache-2.0
"""Stages that run beside others, only with what these leave of the processors."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Sequence

from sandbox import settings
from tests import report


class Beside:
    """Stages that run for as long as the ``with``, at the lowest priority there is.

    They must not mind how long anything takes.
    """

    def __init__(self, stages: Sequence[str], log: pathlib.Path, timeout: float) -> None:
        """Prepare.

        :param stages: as tests.run knows them
        :param log: where their output goes until it is printed
        :param timeout: seconds that they may take longer than the others
        """
        self._stages = stages
        self._log = log
        self._timeout = timeout

    def __enter__(self) -> Beside:
        """Begin."""
        with self._log.open('w') as output:
            self._process = subprocess.Popen(
                ['chrt', '--idle', '0', settings.PYTHON, '-m', 'tests.run', *self._stages],
                cwd=settings.CHECKOUT, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)
        return self

    def __exit__(self, *_: object) -> None:
        """End them, should they still run."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def count(self) -> report.Count:
        """Wait for them, print what they said, and count.

        What ended without a count counts as one failure.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self._timeout)
        said = self._log.read_text(errors='replace')
        print(f'\n=== beside the others: {", ".join(self._stages)}\n{said}', flush=True)
        found = report.closing_line(said)
        if found is None:
            print(f'{", ".join(self._stages)} did not come to an end: counts as failed')
        return found or report.Count(failed=1)
