# SPDX-License-Identifier: Apache-2.0
"""The driver where it keeps the offsets of console logs."""

from __future__ import annotations

from tests.unit.virt.libvirt.console import base


class TestConsoleTask(base.DriverTestCase):
    def test_no_log_is_left_for_more_than_a_minute_when_libvirt_answers_again(self) -> None:
        task = self.driver._nova_ext.console_task
        self.assertEqual([10, 10, 20, 40, 60, 60], [task._pause(failed) for failed in range(6)])
        self.assertEqual(60, task._pause(10**6))
