# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` on a host where something hangs."""

from __future__ import annotations

import threading
import time

import fixtures

from nova_ext.cmd import status
from nova_ext.virt.libvirt.console import requirements
from tests.unit.cmd import status_base


class TestHangingLibvirt(status_base.StatusTestCase):
    def test_libvirt_that_hangs_fails_in_time(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        self.useFixture(fixtures.MockPatch(
            'libvirt.openReadOnly', side_effect=lambda uri: release.wait(30)))
        self.patch(status, '_LIBVIRT_TIMEOUT', 0.1)
        began = time.monotonic()
        text = self.assert_worst(status_base.FAILURE, status_base.LIBVIRT)
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn('no answer from libvirt', text)
        self.assertIn('Run this on a compute host', text)


class TestSilentDisk(status_base.StatusTestCase):
    def test_log_directory_on_a_disk_that_hangs_fails_in_time(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        self.patch(requirements, 'is_there', lambda _: release.wait(30))
        self.patch(requirements, '_TIMEOUT', 0.1)
        self.options['nova_ext']['console_log_directory'] = str(self.directory)
        began = time.monotonic()
        text = self.assert_worst(status_base.FAILURE, status_base.DIRECTORY)
        self.assertLess(time.monotonic() - began, 20)
        self.assertIn(f'{self.directory} does not answer (no answer from its disk within', text)
