# SPDX-License-Identifier: Apache-2.0
"""How often a host failed at what."""

from __future__ import annotations

import threading

from nova_ext.virt import failures
from tests.unit import base


class Keeper:
    """Keeps something, or not."""

    def __init__(self) -> None:
        self.failures = failures.Failures(failures.CONSOLE_LOG, failures.METADATA)

    @failures.counted(failures.METADATA, ignored=(LookupError,))
    def keep(self, what: object) -> object:
        """Return it, or raise it."""
        if isinstance(what, Exception):
            raise what
        return what


class TestFailures(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.keeper = Keeper()

    def test_errors_of_a_method_are_counted_and_raised(self) -> None:
        self.assertEqual(7, self.keeper.keep(7))
        for error in (ValueError('x'), OSError('y')):
            with self.assert_raises(type(error)):
                self.keeper.keep(error)
        self.assertEqual({'console_log': 0, 'metadata': 2}, self.keeper.failures.counts())

    def test_what_is_no_failure_is_raised_alone(self) -> None:
        with self.assert_raises(KeyError):
            self.keeper.keep(KeyError('x'))
        self.assertEqual({'console_log': 0, 'metadata': 0}, self.keeper.failures.counts())

    def test_threads_count_together(self) -> None:
        def note() -> None:
            for _ in range(1000):
                self.keeper.failures.note(failures.CONSOLE_LOG)

        threads = [threading.Thread(target=note) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        self.assertEqual(4000, self.keeper.failures.counts()['console_log'])
