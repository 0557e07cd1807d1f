# SPDX-License-Identifier: Apache-2.0
"""A process that runs Nova's own tests, and that may end or hang at any of them."""

from __future__ import annotations

import json
import pathlib
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox import settings
from sandbox.errors import SandboxError
from tools.testing.reports import FAILED, PASSED, SKIPPED, Result

#: Seconds after which a test is ended that its own limit, in ``OS_TEST_TIMEOUT``, has not ended.
STALLED = 300

#: testtools' words for the end of a test; any other word is a failure.
_OUTCOMES = {'success': PASSED, 'skip': SKIPPED, 'xfail': PASSED}


class Process:
    """A process of ``inside/worker.py``.

    It is ended at a deadline, or when nothing has come from it for too long.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str],
                 log: pathlib.Path, deadline: float) -> None:
        """Start it.

        :param command: that runs the worker
        :param log: takes what it prints, with the tracebacks of its tests
        :param deadline: monotonic time
        """
        self._log = log
        self._deadline = deadline
        self._hung = False
        with log.open('a') as errors:
            self._popen = subprocess.Popen(
                command, cwd=settings.CHECKOUT, env=dict(environment), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True)

    def tests(self) -> dict[str, list[str]]:
        """Return the ids of all tests by their classes.

        :raises SandboxError: they could not be loaded
        """
        message = self._read()
        if message is None:
            tail = '\n'.join(self._log.read_text(errors='replace').splitlines()[-15:])
            raise SandboxError(
                f"Nova's tests could not be loaded:\n{tail}\nWhat to do: look at {self._log}")
        tests: dict[str, list[str]] = message['tests']
        return tests

    def run(self, tests: Sequence[str]) -> Iterator[tuple[str, Result]]:
        """Run tests and yield how each ended.

        Where the process ends or is ended, the test that it was at has failed and the rest are
        left.
        """
        self._write(tests)
        running = None
        while (message := self._read()) is not None:
            if 'done' in message:
                return
            running = message.get('begun')
            if running is None:
                yield message['id'], Result(
                    _OUTCOMES.get(message['outcome'], FAILED), message['reason'],
                    message['seconds'])
        if running is not None:
            yield running, Result(FAILED, 'it hung' if self._hung else 'its process ended')

    def uses(self) -> dict[str, int]:
        """End it; return how often what of the plugin was used."""
        assert self._popen.stdin
        self._popen.stdin.close()
        message = self._read()
        return {} if message is None else dict(message['uses'])

    @property
    def ended(self) -> bool:
        """Whether it runs no test any more."""
        return self._popen.poll() is not None

    def kill(self) -> None:
        """End it, whatever it does."""
        self._popen.kill()
        self._popen.wait()

    def _read(self) -> dict[str, Any] | None:
        """Return the next message; None: the process has ended, or was ended for sending none."""
        assert self._popen.stdout
        patience = max(0.0, min(STALLED, self._deadline - time.monotonic()))
        watchdog = threading.Timer(patience, self._end_hung)
        watchdog.start()
        try:
            line = self._popen.stdout.readline()
        finally:
            watchdog.cancel()
        if not line.endswith('\n'):
            self.kill()
            return None
        message: dict[str, Any] = json.loads(line)
        return message

    def _end_hung(self) -> None:
        self._hung = True
        self._popen.kill()

    def _write(self, tests: Sequence[str]) -> None:
        assert self._popen.stdin
        try:
            self._popen.stdin.write(json.dumps(list(tests)) + '\n')
            self._popen.stdin.flush()
        except BrokenPipeError:
            self.kill()
