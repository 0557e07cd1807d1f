# SPDX-License-Identifier: Apache-2.0
"""A disk with console logs that does not answer: nobody waits for it for long."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from nova import exception as nova_exception

from nova_ext.virt.libvirt.console import privileged
from tests.unit.virt.libvirt.console import domains, test_leftovers


class TestHangingDisk(test_leftovers.LeftoversTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.over = threading.Event()
        self.addCleanup(self.over.set)
        self.set_disk_timeout(0.2)
        #: The calls that the disk was asked for.
        self.calls: list[tuple[Any, ...]] = []
        for name in ('read_log', 'remove_log', 'set_log_aside', 'mark_log_sent', 'is_log_sent'):
            self.patch(privileged, name, self.hang)
        self.began = time.monotonic()

    def hang(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        self.over.wait(20)

    def assert_asked_once(self) -> None:
        """Assert that the disk was waited for once, and was asked for nothing else meanwhile."""
        self.assertEqual(1, len(self.calls))
        self.assertLess(time.monotonic() - self.began, 5)

    def test_deletion_waits_once_for_the_logs_of_all_ports(self) -> None:
        self.leftovers.delete_with_files(self.server)
        self.assert_asked_once()
        self.assertIn('no answer from the disk with the console logs within 0.2 s',
                      self.warnings_about(self.server)[0])

    def test_deletion_does_not_look_at_the_disk_in_this_process(self) -> None:
        """Of a guest whose configuration says where it is logged."""
        def look(path: Any, *arguments: Any, **options: Any) -> Any:
            if str(path).startswith(str(self.logs_directory)):
                looks.append(path)
            return stat(path, *arguments, **options)

        looks: list[Any] = []
        stat = os.stat
        self.define(self.server, domains.tcp(log=str(self.log)))
        self.patch(os, 'stat', look)
        self.leftovers.delete_with_files(self.server)
        self.assertEqual([], looks)
        self.assert_asked_once()

    def test_migration_waits_once_and_counts_what_it_could_not_keep(self) -> None:
        for _ in range(2):
            self.leftovers.discard_or_keep(str(self.log), self.server, sent=False)
        self.assert_asked_once()
        self.assertEqual(2, self.consoles.failures.counts()['console_log'])

    def test_resize_goes_on_though_nothing_can_be_recorded(self) -> None:
        self.leftovers.note_sent(str(self.log), self.server, sent=True)
        self.leftovers.discard_or_keep_recorded(str(self.log), self.server)
        self.assert_asked_once()
        self.assertEqual(2, len(self.warnings_about(self.server)))

    def test_output_is_not_available(self) -> None:
        for _ in range(2):
            with self.assert_raises(nova_exception.ConsoleNotAvailable) as caught:
                self.consoles.get_output(self.server, 100)
        self.assert_asked_once()
        self.assertEqual(
            f'The console log of server {self.server.uuid} cannot be read on its host: an '
            'earlier question to the disk with the console logs is still not answered.',
            caught.exception.format_message())
