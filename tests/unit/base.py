# SPDX-License-Identifier: Apache-2.0
"""The base class of the unit tests."""

from __future__ import annotations

import io
import pathlib
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import fixtures
import testtools

from tests.fixtures import logs

#: Seconds that a test may take before it fails; the longest takes a tenth of that.
TIMEOUT = 60


class TestCase(testtools.TestCase):
    """A test with a time limit, whose log messages are captured in :attr:`logs`."""

    logs: logs.LogCapture

    def setUp(self) -> None:
        """Limit the test's time and capture what it logs."""
        super().setUp()
        self.useFixture(fixtures.Timeout(TIMEOUT, gentle=True))
        self.logs = self.useFixture(logs.LogCapture())

    def patch(self, obj: Any, attribute: str, value: Any) -> None:
        """Replace what is there until the end of the test.

        :raises AttributeError: it is not there, and would be replaced in vain
        """
        getattr(obj, attribute)
        super().patch(obj, attribute, value)

    def make_directory(self) -> pathlib.Path:
        """Return a new empty directory, which is deleted after the test."""
        return pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def capture_output(self, stream: str = 'stdout') -> io.StringIO:
        """Return what takes everything that is printed from now on, or written to ``stderr``."""
        output = io.StringIO()
        self.useFixture(fixtures.MonkeyPatch(f'sys.{stream}', output))
        return output

    def assert_raises(
            self, expected: type[BaseException] | tuple[type[BaseException], ...],
            match: str = '') -> AbstractContextManager[Any]:
        """Assert that the block raises an error whose text has a match of the pattern.

        The error is :attr:`exception` of what the ``with`` yields, as with
        :meth:`unittest.TestCase.assertRaises`.
        """
        return self.assertRaisesRegex(expected, match)

    def assert_matches(self, pattern: str, text: str) -> None:
        """Assert that a pattern is found in a text."""
        self.assertTrue(re.search(pattern, text), f'{pattern!r} is not found in {text!r}')

    def assert_eventually(self, condition: Callable[[], Any], seconds: float = 5) -> None:
        """Assert that a condition becomes true, at once or within some seconds."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f'not within {seconds} s')
            time.sleep(0.005)
