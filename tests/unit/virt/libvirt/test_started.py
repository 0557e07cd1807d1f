# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import logging
import subprocess
import time

import ddt

from nova_ext.virt.libvirt import started
from tests.unit import base
from tests.unit.virt.libvirt import started_base
from tests.unit.virt.libvirt.started_base import (
    ABOUT_100,
    GUEST,
    INCOMING,
    NAME,
    QEMU,
    make_stamped_xml,
    make_xml,
)


@ddt.ddt
class TestUptime(started_base.StartedTestCase):
    def test_uptime_is_the_age_of_the_process(self) -> None:
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    @ddt.data(
        'qemu-system-x86', 'qemu) S 1 2 3', 'CPU 0/KVM', '((sd-pam))', 'a b) c) d', '', ') R')
    def test_process_name_may_contain_anything(self, name: str) -> None:
        self.machine.set_process(QEMU, name)
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    def test_stamp_is_ignored_when_guest_started_with_its_process(self) -> None:
        self.assertIn(self.machine.get_uptime(make_stamped_xml(5000)), ABOUT_100)

    def test_uptime_of_incoming_guest_begins_with_its_stamp(self) -> None:
        self.machine.set_process(INCOMING, age=3)
        self.assertIn(self.machine.get_uptime(make_stamped_xml(5000)), (5000, 5001))

    def test_uptime_of_incoming_guest_without_stamp_is_unknown(self) -> None:
        self.machine.set_process(INCOMING)
        self.assertIsNone(self.machine.get_uptime(make_xml()))

    @ddt.data('', 'yesterday', '2024-01-01', '2024-13-01T00:00:00Z')
    def test_uptime_of_incoming_guest_with_invalid_stamp_is_unknown(self, stamp: str) -> None:
        self.machine.set_process(INCOMING)
        self.assertIsNone(self.machine.get_uptime(make_xml(stamp)))

    def test_invalid_stamp_is_logged(self) -> None:
        self.machine.set_process(INCOMING)
        self.machine.times.started(GUEST, make_xml('yesterday'))
        self.assertIn("'yesterday'", '\n'.join(self.logs.messages(logging.WARNING, 'nova_ext')))

    def test_guest_with_a_similar_argument_is_not_incoming(self) -> None:
        self.machine.set_process((*QEMU, '-incoming-like', 'name=-incoming'))
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    def test_uptime_is_not_negative_when_stamp_is_in_the_future(self) -> None:
        self.machine.set_process(INCOMING)
        self.assertEqual(0, self.machine.get_uptime(make_stamped_xml(-3600)))


@ddt.ddt
class TestUnknownProcess(started_base.StartedTestCase):
    def test_uptime_is_unknown_without_pid_file(self) -> None:
        self.machine.pid_file.unlink()
        self.assertIsNone(self.machine.get_uptime(make_stamped_xml(5)))

    @ddt.data('', 'none\n', '-\n')
    def test_uptime_is_unknown_when_pid_file_has_no_number(self, content: str) -> None:
        self.machine.pid_file.write_text(content)
        self.assertIsNone(self.machine.get_uptime(make_xml()))

    def test_uptime_is_unknown_when_pid_file_is_a_directory(self) -> None:
        self.machine.pid_file.unlink()
        self.machine.pid_file.mkdir()
        self.assertIsNone(self.machine.get_uptime(make_xml()))

    def test_uptime_is_unknown_without_process(self) -> None:
        self.machine.pid_file.write_text('9999')
        self.assertIsNone(self.machine.get_uptime(make_xml()))

    @ddt.data('', '4321 (qemu) S 1 2', '4321 (qemu) ' + 'x ' * 30)
    def test_uptime_is_unknown_when_process_has_no_start_time(self, content: str) -> None:
        (self.machine.process / 'stat').write_text(content)
        self.assertIsNone(self.machine.get_uptime(make_xml()))


class TestRealProcess(base.TestCase):
    def test_uptime_of_a_new_process(self) -> None:
        directory = self.make_directory()
        times = started.StartTimes(directory)
        with subprocess.Popen(['sleep', '60']) as process:
            try:
                (directory / f'{NAME}.pid').write_text(str(process.pid))
                uptime = times.uptime(GUEST, make_xml())
                began = times.started(GUEST, make_xml())
            finally:
                process.kill()
        self.assertIn(uptime, (0, 1))
        self.assertLess(abs((began or 0) - time.time()), 2)
