# SPDX-License-Identifier: Apache-2.0
"""Histories that cannot be sent, or not in time."""

from __future__ import annotations

import threading
import time
from typing import Any

from nova_ext.virt.libvirt.console import privileged, sender
from tests.fixtures import threads
from tests.unit import support
from tests.unit.virt.libvirt.console import moving


class TestTimeLimit(moving.SenderTestCase):
    """The limit is a tenth of a second."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(sender, 'TIMEOUT', 0.1)
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def hang(self) -> None:
        """Return after the test."""
        self.over.wait(10)

    def send_in_time(self) -> None:
        """Send the log, and assert that this takes little longer than the limit, and fails."""
        began = time.monotonic()
        self.assertFalse(self.send())
        self.assertLess(time.monotonic() - began, 1)

    def test_silent_host_is_not_waited_for(self) -> None:
        self.sender = self.make_sender()
        self.send_in_time()
        warning, *_ = self.warnings_about(self.server)
        self.assertIn(f' to {self.there}', warning)

    def test_hanging_host_is_not_waited_for(self) -> None:
        histories = self.start_there()
        histories.then = self.hang
        self.send_in_time()
        warning, = self.warnings_about(self.server)
        self.assertIn('after 0.1 s', warning)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())
        self.assert_eventually(lambda: histories.text() == b'oldest,older,new')

    def test_hanging_file_system_is_not_waited_for(self) -> None:
        self.patch(privileged, 'read_history', lambda *_, **__: self.hang())
        self.send_in_time()
        warning, = self.warnings_about(self.server)
        self.assertIn('after 0.1 s; going on without it', warning)

    def test_silent_disk_is_the_reason_and_holds_few_threads_of_the_privileged_daemon(
            self) -> None:
        reads: list[str] = []

        def hang(path: str, *_: Any, **__: Any) -> None:
            reads.append(path)
            self.hang()

        self.patch(privileged, 'read_history', hang)
        self.patch(sender, 'TIMEOUT', 5.0)
        self.conf.set_override('thread_pool_size', 8, 'nova_sys_admin')
        self.set_disk_timeout(0.1)
        for count in range(1, 6):
            self.server = support.instance()
            self.send_in_time()
            self.assert_matches('NotResponding: (no answer from the disk|3 other questions)',
                                self.warnings_about(self.server)[0])
            self.assertEqual({'console_log': count}, self.consoles.failures.counts())
        self.assertEqual(3, len(reads))

    def test_history_that_no_thread_can_send_stays(self) -> None:
        self.useFixture(threads.NoThreads())
        self.assertFalse(self.send())
        warning, = self.warnings_about(self.server)
        self.assertIn(threads.REASON, warning)
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())

    def test_failure_after_the_limit_is_logged_as_well(self) -> None:
        def fail_late(*_: Any, **__: Any) -> None:
            self.hang()
            raise OSError('the disk is broken')

        self.patch(privileged, 'read_history', fail_late)
        self.send()
        self.assertEqual(1, len(self.warnings_about(self.server)))
        self.over.set()
        self.assert_eventually(lambda: len(self.warnings_about(self.server)) == 2)
        self.assert_matches(
            'OSError: the disk is broken$', self.warnings_about(self.server)[1])


class TestFailures(moving.SenderTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.histories = self.start_there()

    def test_refusal_is_logged_with_its_reason(self) -> None:
        def refuse() -> None:
            raise ValueError('it does not come here')

        self.histories.then = refuse
        self.assertFalse(self.send())
        warning, = self.warnings_about(self.server)
        self.assertIn('ComputeHostRefused', warning)
        self.assertIn('it does not come here', warning)

    def test_unreadable_log_is_logged_with_the_reason(self) -> None:
        self.log.unlink()
        self.log.mkdir()
        self.assertFalse(self.send())
        warning, = self.warnings_about(self.server)
        self.assertIn('Not a regular file', warning)
        self.assertEqual([], self.histories.pieces)

    def test_history_that_the_host_does_not_have_in_full_has_not_arrived(self) -> None:
        self.histories.complete = False
        self.assertFalse(self.send())
        warning, = self.warnings_about(self.server)
        self.assertIn('some of it has been given up there', warning)
