# SPDX-License-Identifier: Apache-2.0
"""Stages in the background, with only what the others leave of the processors."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Sequence

from sandbox import settings
from tools.testing import reports

#: The niceness of what shall leave the processors to others.
LOWEST = 19


class Background:
    """A command that runs for as long as the ``with``, at the lowest priority there is."""

    def __init__(self, command: Sequence[str], log: pathlib.Path, timeout: float) -> None:
        """Prepare.

        :param command: prints a count as its last line
        :param log: where its output goes until it is printed
        :param timeout: seconds that it may take longer than what it runs beside
        """
        self._command = command
        self._log = log
        self._timeout = timeout

    def __enter__(self) -> Background:
        """Begin."""
        with self._log.open('w') as output:
            self._process = subprocess.Popen(
                ['chrt', '--idle', '0', *self._command], cwd=settings.CHECKOUT,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True)
        # The kernel shares processors between sessions before it looks at priorities in them.
        autogroup = pathlib.Path('/proc', str(self._process.pid), 'autogroup')
        if autogroup.exists():
            autogroup.write_text(str(LOWEST))
        return self

    def __exit__(self, *_: object) -> None:
        """End it, should it still run."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def count(self) -> reports.Count:
        """Wait for it, print what it printed, and count.

        What ended without a count counts as one failure.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self._timeout)
        output = self._log.read_text(errors='replace')
        print(f'\n=== in the background\n{output}', flush=True)
        found = reports.parse_count(output)
        if found is None:
            reason = 'the stages in the background did not come to an end'
            return reports.Count(failed=1, failures=[reason])
        return found
