# SPDX-License-Identifier: Apache-2.0
"""The QEMU process of a guest, found again."""

from __future__ import annotations

import shutil
from typing import Any

from nova_ext.virt.libvirt import processes
from tests.fixtures import guest_processes
from tests.unit import base
from tests.unit.virt.libvirt.start_times_base import UUID


class TestFindAgain(base.TestCase):
    """A guest's QEMU that was found before."""

    def setUp(self) -> None:
        super().setUp()
        self.processes = self.useFixture(guest_processes.GuestProcesses())
        self.processes_of_guests = processes.Processes(
            self.processes.pid_files, self.processes.proc)
        self.show(1000, age=60)
        self.assertEqual(self.processes.proc / '1000', self.find_directory())

    def show(self, pid: int, **how: Any) -> None:
        self.processes.show('guest', UUID, pid, **how)

    def find_directory(self) -> Any:
        found = self.processes_of_guests.find('guest', UUID)
        return found and found.directory

    def test_it_is_not_identified_again(self) -> None:
        (self.processes.proc / '1000/cmdline').unlink()
        self.assertEqual(self.processes.proc / '1000', self.find_directory())

    def test_its_state_is_that_of_now(self) -> None:
        began = (self.processes.proc / '1000/stat').read_text()
        (self.processes.proc / '1000/stat').write_text(began.replace(') S ', ') T '))
        found = self.processes_of_guests.find('guest', UUID)
        assert found is not None
        self.assertTrue(found.is_stopped)

    def test_guest_that_was_started_again_has_another(self) -> None:
        shutil.rmtree(self.processes.proc / '1000')
        self.show(2000)
        self.assertEqual(self.processes.proc / '2000', self.find_directory())

    def test_other_process_of_that_number_is_not_taken_for_it(self) -> None:
        self.processes.show_process(1000, ['bash'], age=1)
        self.assertIsNone(self.find_directory())

    def test_process_that_has_ended_is_not_taken_for_it(self) -> None:
        began = (self.processes.proc / '1000/stat').read_text()
        (self.processes.proc / '1000/stat').write_text(began.replace(') S ', ') Z '))
        (self.processes.proc / '1000/cmdline').write_bytes(b'')
        self.assertIsNone(self.find_directory())
