# SPDX-License-Identifier: Apache-2.0
"""Runs Nova's own tests in this process, those that standard input names.

    python -m tools.nova_tests.inside.worker [--plugin] [--serve-stock-hypervisors]
                                             SOURCES MODULE...

SOURCES is Nova's unpacked source distribution. What is read and written is JSON, one value a
line. First all tests are written, ``{"tests": {class: [id, ...]}}``. Each line that is read is a
list of ids; of each test ``{"begun": id}`` and ``{"id":, "outcome":, "reason":, "seconds":}`` are
written and at the end of the list ``{"done": true}``. At the end of the input it is ``{"uses":
{what: times}}``: how often the plugin was used.

Whatever else is printed, by tests for example, goes to standard error, with all tracebacks.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import json
import os
import re
import sys
import time
import unittest
from typing import Any, TextIO

import testscenarios
import testtools

from tools.nova_tests.inside import driver, paste_filter
from tools.nova_tests.inside.uses import Uses

Tests = dict[str, unittest.TestCase]

#: Characters of the beginning of an exception that are reported, and of its end.
_LONGEST = 200


def main() -> None:
    """Load the tests, then run what is asked for."""
    options = _parse_options()
    channel = _take_stdout()
    _prefer(options.sources)
    # Nova's tests patch the standard library for eventlet, or see to it that nobody does: first.
    importlib.import_module('.'.join(options.modules[0].split('.')[:3]))
    importlib.import_module('nova.test')
    uses: Uses[str] = collections.Counter()
    if options.plugin:
        driver.install(uses)
        paste_filter.install(
            uses, options.sources, serve_stock_hypervisors=options.serve_stock_hypervisors)
    tests = _load(options.modules)
    if options.plugin:
        driver.complete_fakes()
    _Runner(tests, channel).serve()
    _write(channel, {'uses': uses})
    os._exit(0)  # not waiting for threads that tests left behind


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument('--plugin', action='store_true')
    parser.add_argument('--serve-stock-hypervisors', action='store_true')
    parser.add_argument('sources')
    parser.add_argument('modules', nargs='+')
    options = parser.parse_args()
    del sys.argv[1:]  # which Nova would take for its own
    return options


def _take_stdout() -> TextIO:
    """Return what leads to standard output, where nothing else gets from now on."""
    channel = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return channel


def _prefer(sources: str) -> None:
    """Have Nova imported from its sources, and the plugin as it is installed."""
    checkout = os.path.realpath(os.path.join(__file__, *[os.pardir] * 4))
    sys.path[:] = [sources, *(path for path in sys.path if os.path.realpath(path) != checkout)]


def _load(modules: list[str]) -> Tests:
    """Return the tests of modules by their ids.

    :raises ImportError: a module does not load
    """
    loader = unittest.TestLoader()
    suites = [loader.loadTestsFromName(module) for module in modules]
    if loader.errors:
        raise ImportError('\n'.join(map(str, loader.errors)))
    found = testscenarios.generate_scenarios(unittest.TestSuite(suites))
    return {test.id(): test for test in found}


class _Runner(testtools.TestByTestResult):
    """Runs tests that it is asked for, and tells how each ended."""

    def __init__(self, tests: Tests, channel: TextIO) -> None:
        super().__init__(self._tell)
        self._tests = tests
        self._channel = channel
        self._began = 0.0

    def serve(self) -> None:
        """Run tests until the input ends."""
        by_class: dict[str, list[str]] = {}
        for name, test in self._tests.items():
            kind = type(test)
            by_class.setdefault(f'{kind.__module__}.{kind.__qualname__}', []).append(name)
        _write(self._channel, {'tests': by_class})
        for line in sys.stdin:
            # As a suite, for the fixtures of classes and modules.
            unittest.TestSuite(self._tests[name] for name in json.loads(line)).run(self)
            _write(self._channel, {'done': True})

    def startTest(self, test: Any) -> None:  # noqa: N802 - unittest's name
        """Tell that a test begins."""
        self._began = time.monotonic()
        _write(self._channel, {'begun': test.id()})
        super().startTest(test)

    def stopTest(self, test: Any) -> None:  # noqa: N802 - unittest's name
        """Leave nothing behind for the next test."""
        super().stopTest(test)
        driver.stop_threads()

    def _tell(self, *, test: Any, status: str | None, details: dict[str, Any] | None,
              **_: object) -> None:
        """Tell how a test ended; its tracebacks are for people."""
        texts = [content.as_text() for content in (details or {}).values()
                 if content.content_type.type == 'text']
        if status in ('failure', 'error', 'unexpectedsuccess'):
            print(f'{status}: {test.id()}', *texts, sep='\n', file=sys.stderr, flush=True)
        _write(self._channel, {
            'id': test.id(), 'outcome': status, 'reason': _reason(details or {}),
            'seconds': round(time.monotonic() - self._began, 3)})


def _reason(details: dict[str, Any]) -> str:
    """Return, in a line, why a test was skipped or failed."""
    for name, content in details.items():
        if name == 'reason':
            return str(content.as_text())
        if name.startswith('traceback'):
            return _exception(content.as_text())
    return ''


def _exception(traceback: str) -> str:
    """Return, in a line, what a traceback ends with: its first words and its last."""
    # Behind the last frame and the code there; what fails in a cleanup may have no frame.
    _, frame, last = traceback.rpartition('\n  File "')
    found = re.search(r'(?ms)^\S.*', last.partition('\n')[2] if frame else last)
    words = ' '.join(found[0].split()) if found else ''
    return words if len(words) <= _LONGEST else f'{words[:_LONGEST]} ... {words[-_LONGEST:]}'


def _write(channel: TextIO, message: dict[str, Any]) -> None:
    channel.write(json.dumps(message) + '\n')
    channel.flush()


if __name__ == '__main__':
    main()
