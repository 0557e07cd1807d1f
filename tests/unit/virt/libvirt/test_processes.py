# SPDX-License-Identifier: Apache-2.0
"""The QEMU processes of a host."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Optional

import ddt

from nova_ext.virt.libvirt import processes
from tests.unit import base
from tests.unit.virt.libvirt import start_times_base
from tests.unit.virt.libvirt.start_times_base import INCOMING, NAME, PID, UUID


@ddt.ddt
class TestFind(start_times_base.StartedTestCase):
    def find(self) -> Optional[processes.Process]:
        """Return the guest's QEMU."""
        return self.machine.processes.find(NAME, UUID)

    @ddt.data(((), False), (INCOMING, True))
    @ddt.unpack
    def test_qemu_of_the_guest_is_found(self, more: tuple[str, ...], took_over: bool) -> None:
        self.machine.set_qemu(*more)
        process = self.find()
        assert process is not None
        self.assertLess(abs(time.time() - 100 - process.began), 1)
        self.assertIs(took_over, process.took_over)
        self.assertFalse(process.is_stopped)
        self.assertTrue(process.is_there())

    @ddt.data(('S', False, False), ('R', False, False), ('T', True, False), ('t', False, True),
              ('D', False, True))
    @ddt.unpack
    def test_state_tells_whether_it_can_answer(
            self, state: str, stopped: bool, blocked: bool) -> None:
        self.machine.set_qemu(state=state)
        process = self.find()
        assert process is not None
        self.assertEqual((stopped, blocked), (process.is_stopped, process.is_blocked))

    @ddt.data(
        ('/sbin/init',), ('/usr/bin/python3', '/usr/bin/nova-compute'), ('',),
        # Another guest's, whose number was given away again.
        ('qemu', '-uuid', '5c0d1d2e-8f7b-4b0e-9d5c-0d8b5a0b7a11'),
        ('tail', '-uuid', '-f', UUID))
    def test_process_that_is_not_the_qemu_of_the_guest_is_not_taken_for_it(
            self, command: tuple[str, ...]) -> None:
        self.machine.show_process(PID, command)
        self.assertIsNone(self.find())

    def test_number_of_another_pid_namespace_gives_the_time_of_the_pid_file_alone(self) -> None:
        written = time.time() - 500
        self.machine.hide(age=500)
        process = self.find()
        assert process is not None
        self.assertLess(abs(written - process.began), 1)
        self.assertIsNone(process.took_over)
        self.assertFalse(process.is_stopped or process.is_blocked or process.is_there())

    def test_guest_without_pid_file_has_no_known_process(self) -> None:
        self.machine.pid_file(NAME).unlink()
        self.assertIsNone(self.find())

    @ddt.data('', 'none\n', '-\n', '0', '-1', '1.5', '4321/../1')
    def test_pid_file_without_a_number_is_ignored(self, content: str) -> None:
        self.machine.pid_file(NAME).write_text(content)
        self.assertIsNone(self.find())

    def test_pid_file_that_is_a_directory_is_ignored(self) -> None:
        self.machine.pid_file(NAME).unlink()
        self.machine.pid_file(NAME).mkdir()
        self.assertIsNone(self.find())

    @ddt.data('', '4321 (qemu) S 1 2', '4321 (qemu) ' + 'x ' * 30)
    def test_process_without_start_time_is_ignored(self, content: str) -> None:
        (self.machine.proc / str(PID) / 'stat').write_text(content)
        self.assertIsNone(self.find())

    def test_process_that_has_ended_meanwhile_is_ignored(self) -> None:
        (self.machine.proc / str(PID) / 'cmdline').unlink()
        self.assertIsNone(self.find())


class TestRealProcess(base.TestCase):
    """Processes of this machine, which PID files name as those of guests."""

    def setUp(self) -> None:
        super().setUp()
        self.directory = self.make_directory()
        self.processes = processes.Processes(self.directory)

    def find(self, pid: int) -> Optional[processes.Process]:
        """Return the guest's QEMU when its PID file has that number."""
        (self.directory / f'{NAME}.pid').write_text(f'{pid}\n')
        return self.processes.find(NAME, UUID)

    def test_process_with_the_uuid_of_the_guest_is_found(self) -> None:
        command = (sys.executable, '-c', 'import time; time.sleep(60)', '-uuid', UUID)
        with subprocess.Popen(command) as running:
            self.addCleanup(running.kill)
            self.assert_eventually(lambda: self.find(running.pid))
            process = self.find(running.pid)
            assert process is not None
            self.assertTrue(process.is_there())
            running.kill()
        self.assertFalse(process.is_there())
        self.assertLess(abs(process.began - time.time()), 5)
        self.assertIs(False, process.took_over)

    def test_first_process_of_a_container_is_no_guest(self) -> None:
        for pid in (1, os.getpid()):
            self.assertIsNone(self.find(pid))

    def test_number_that_no_process_has_is_that_of_another_namespace(self) -> None:
        process = self.find(2 ** 30)  # above what Linux gives
        assert process is not None
        self.assertIsNone(process.took_over)
