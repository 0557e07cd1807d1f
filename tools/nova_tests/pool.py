# SPDX-License-Identifier: Apache-2.0
"""Runs Nova's own tests in processes side by side."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import os
import pathlib
import threading
import time
from collections.abc import Callable, Collection

from sandbox.errors import SandboxError
from tools.nova_tests.process import Process
from tools.testing.reports import FAILED, Result

#: Processes side by side.
SIZE = 2

#: Seconds for all tests of a run, after which the rest fail: several times what they take.
TIMEOUT = 60 * 60

#: Seconds between two lines about how far a run is.
_SILENCE = 20


@dataclasses.dataclass(frozen=True)
class Job:
    """Tests that are run in one way."""

    #: What is said of it while it runs.
    name: str
    #: Runs ``inside/worker.py``.
    command: tuple[str, ...]
    #: Whether Nova runs on eventlet.
    eventlet: bool
    #: Takes what the tests print.
    log: pathlib.Path


@dataclasses.dataclass
class Results:
    """What came of a run."""

    #: How each test ended, by its id.
    report: dict[str, Result]
    #: How often what of the plugin was used.
    uses: collections.Counter[str]


def run(job: Job, chosen: Callable[[str], bool]) -> Results:
    """Run tests, those of a class in one process.

    :param chosen: whether the test with an id is run
    :raises SandboxError: they could not be loaded, or there are none
    """
    job.log.parent.mkdir(parents=True, exist_ok=True)
    job.log.unlink(missing_ok=True)
    return _Pool(job, chosen, SIZE).run()


def run_alone(job: Job, tests: Collection[str]) -> Results:
    """Run some tests once more, one after the other with nothing beside them."""
    again = dataclasses.replace(job, name=f'{job.name}, once more')
    return _Pool(again, lambda test: test in tests, 1).run()


def environment(*, eventlet: bool) -> dict[str, str]:
    """Return the environment variables of Nova's tests, as Nova's own tox.ini sets them."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(('OS_', 'PYTHON'))}
    return {**kept, 'LC_ALL': 'C.UTF-8', 'OS_STDOUT_CAPTURE': '1', 'OS_STDERR_CAPTURE': '1',
            'OS_TEST_TIMEOUT': '160', 'OS_NOVA_DISABLE_EVENTLET_PATCHING': str(not eventlet),
            'PYTHONWARNINGS': 'ignore'}


class _Pool:
    """Processes side by side, and what is left for them to do."""

    def __init__(self, job: Job, chosen: Callable[[str], bool], size: int) -> None:
        self._job = job
        self._chosen = chosen
        self._size = size
        self._deadline = time.monotonic() + TIMEOUT
        self._lock = threading.Lock()
        self._processes: list[Process] = []
        self._wanted: list[str] = []
        #: The tests of each class that are left to be run; None: not known yet.
        self._left: list[list[str]] | None = None
        self._results = Results({}, collections.Counter())

    def run(self) -> Results:
        with concurrent.futures.ThreadPoolExecutor(self._size) as threads:
            try:
                for lane in [threads.submit(self._lane) for _ in range(self._size)]:
                    lane.result()
            except BaseException:
                self._deadline = time.monotonic()  # for what would go on with the rest
                self._kill()
                raise
        for test in self._wanted:
            self._results.report.setdefault(test, Result(FAILED, 'it was not run'))
        return self._results

    def _lane(self) -> None:
        """Run what is left in a process, and in another one where that ends or hangs."""
        process: Process | None = None
        try:
            while self._is_anything_left():
                if process is None or process.ended:
                    process = self._start()
                    self._plan(process.tests())
                self._run(process, self._next())
            if process is not None and not process.ended:
                self._results.uses.update(process.uses())
        finally:
            if process is not None:
                process.kill()

    def _is_anything_left(self) -> bool:
        return self._left != [] and time.monotonic() < self._deadline

    def _start(self) -> Process:
        process = Process(self._job.command, environment(eventlet=self._job.eventlet),
                          self._job.log, self._deadline)
        self._processes.append(process)
        return process

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()

    def _plan(self, tests: dict[str, list[str]]) -> None:
        """Note what there is to do, the largest class first."""
        with self._lock:
            if self._left is None:
                classes = [list(filter(self._chosen, names)) for names in tests.values()]
                self._left = sorted(filter(None, classes), key=len, reverse=True)
                self._wanted = [name for names in self._left for name in names]
                self._progress = _Progress(self._job.name, len(self._wanted))
            if not self._wanted:
                raise SandboxError(f'{self._job.name}: Nova has no such test')

    def _next(self) -> list[str]:
        with self._lock:
            return self._left.pop(0) if self._left else []

    def _run(self, process: Process, tests: list[str]) -> None:
        """Run the tests of a class; those behind one that ended the process are left again."""
        left = dict.fromkeys(tests)
        for name, result in process.run(tests):
            left.pop(name, None)
            with self._lock:
                self._results.report[name] = result
                self._progress.note(len(self._results.report))
        if left and process.ended:
            with self._lock:
                assert self._left is not None
                self._left.append(list(left))


class _Progress:
    """Tells how far a run is, now and then."""

    def __init__(self, name: str, total: int) -> None:
        self._name = name
        self._total = total
        self._began = self._told = time.monotonic()

    def note(self, done: int) -> None:
        now = time.monotonic()
        if done == self._total or now >= self._told + _SILENCE:
            self._told = now
            print(f'{self._name}: {done} of {self._total} tests, {now - self._began:.0f} s',
                  flush=True)
