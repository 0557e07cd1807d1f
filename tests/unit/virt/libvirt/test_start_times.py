# SPDX-License-Identifier: Apache-2.0
"""The uptime of guests, by their process and by what was recorded."""

from __future__ import annotations

import logging
import os
import time
from typing import Any, Optional

import ddt
import libvirt

from nova_ext.virt.libvirt import start_times
from tests.unit.virt.libvirt import start_times_base
from tests.unit.virt.libvirt.start_times_base import (
    ABOUT_100,
    INCOMING,
    NAME,
    PID,
    UUID,
    make_stamped_xml,
    make_xml,
)


@ddt.ddt
class TestUptime(start_times_base.StartedTestCase):
    def test_uptime_is_the_age_of_the_process(self) -> None:
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    @ddt.data(
        'qemu-system-x86', 'qemu) S 1 2 3', 'CPU 0/KVM', '((sd-pam))', 'a b) c) d', '', ') R')
    def test_process_name_may_contain_anything(self, name: str) -> None:
        command = ('qemu', '-uuid', UUID)
        self.machine.show_process(PID, command, name=name, age=100)
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    def test_stamp_is_ignored_when_guest_started_with_its_process(self) -> None:
        self.assertIn(self.machine.get_uptime(make_stamped_xml(5000)), ABOUT_100)

    def test_uptime_of_incoming_guest_begins_with_its_stamp(self) -> None:
        self.machine.set_qemu(*INCOMING, age=3)
        self.assertIn(self.machine.get_uptime(make_stamped_xml(5000)), range(5000, 5010))

    def test_uptime_of_incoming_guest_without_stamp_is_unknown(self) -> None:
        self.machine.set_qemu(*INCOMING)
        self.assertIsNone(self.machine.get_uptime(make_xml()))

    @ddt.data('', 'yesterday', '2024-01-01', '2024-13-01T00:00:00Z')
    def test_uptime_of_incoming_guest_with_invalid_stamp_is_unknown(self, stamp: str) -> None:
        self.machine.set_qemu(*INCOMING)
        self.assertIsNone(self.machine.get_uptime(make_xml(stamp)))

    def test_invalid_stamp_is_logged(self) -> None:
        self.machine.set_qemu(*INCOMING)
        self.machine.get_uptime(make_xml('yesterday'))
        self.assertIn("'yesterday'", '\n'.join(self.logs.messages(logging.WARNING, 'nova_ext')))

    def test_guest_with_a_similar_argument_is_not_incoming(self) -> None:
        self.machine.set_qemu('-incoming-like', 'name=-incoming')
        self.assertIn(self.machine.get_uptime(make_xml()), ABOUT_100)

    def test_uptime_is_not_negative_when_stamp_is_in_the_future(self) -> None:
        self.machine.set_qemu(*INCOMING)
        self.assertEqual(0, self.machine.get_uptime(make_stamped_xml(-3600)))

    @ddt.data(
        libvirt.VIR_DOMAIN_NOSTATE, libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_CRASHED)
    def test_uptime_is_unknown_when_the_guest_is_not_active(self, state: int) -> None:
        for hide in (False, True):
            if hide:
                self.machine.hide()
            for xml in (make_xml(), make_stamped_xml(100)):
                self.assertIsNone(self.machine.get_uptime(xml, start_times.Run((state, 0), {})))

    @ddt.data(
        libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_BLOCKED, libvirt.VIR_DOMAIN_PAUSED,
        libvirt.VIR_DOMAIN_SHUTDOWN, libvirt.VIR_DOMAIN_PMSUSPENDED)
    def test_uptime_is_known_when_the_guest_is_active(self, state: int) -> None:
        self.assertIn(
            self.machine.get_uptime(make_xml(), start_times.Run((state, 0), {})), ABOUT_100)


@ddt.ddt
class TestHiddenProcess(start_times_base.StartedTestCase):
    """nova-compute is in another PID namespace than libvirt, and sees the PID files alone."""

    def setUp(self) -> None:
        super().setUp()
        self.machine.hide()

    def get_uptime(self, xml: str = '<domain/>', *, reason: int = 1, state: int = 1,
                   vcpu_seconds: float = 1) -> Optional[int]:
        """Return the uptime of a guest that libvirt says so much about."""
        return self.machine.get_uptime(xml, start_times.Run(
            (state, reason), {0: 0, 1: int(vcpu_seconds * 1e9)}))

    def test_uptime_of_a_guest_that_was_booted_here_is_the_age_of_its_pid_file(self) -> None:
        self.assertIn(self.get_uptime(), ABOUT_100)
        self.assertIn(self.get_uptime(make_stamped_xml(5000)), ABOUT_100)

    @ddt.data(
        libvirt.VIR_DOMAIN_RUNNING_MIGRATED, libvirt.VIR_DOMAIN_RUNNING_RESTORED,
        libvirt.VIR_DOMAIN_RUNNING_POSTCOPY)
    def test_uptime_of_a_guest_that_was_received_begins_with_its_stamp(self, reason: int) -> None:
        self.assertIn(self.get_uptime(make_stamped_xml(5000), reason=reason), range(5000, 5010))
        self.assertIsNone(self.get_uptime(reason=reason))

    @ddt.data(
        {'reason': libvirt.VIR_DOMAIN_RUNNING_UNPAUSED},
        {'state': libvirt.VIR_DOMAIN_PAUSED, 'reason': libvirt.VIR_DOMAIN_PAUSED_USER})
    def test_uptime_of_a_guest_that_was_paused_is_known_if_its_stamp_says_the_same(
            self, said: dict[str, Any]) -> None:
        self.assertIn(self.get_uptime(make_stamped_xml(101), **said), (99, *ABOUT_100))
        self.assertIsNone(self.get_uptime(make_stamped_xml(5000), **said))
        self.assertIsNone(self.get_uptime(**said))

    def test_uptime_is_unknown_when_a_vcpu_has_run_for_longer_than_the_pid_file_is_old(
            self) -> None:
        self.assertIn(self.get_uptime(vcpu_seconds=99), ABOUT_100)
        self.assertIsNone(self.get_uptime(vcpu_seconds=200))

    def test_uptime_is_unknown_when_the_pid_file_is_from_the_future(self) -> None:
        os.utime(self.machine.pid_file(NAME), (0, time.time() + 100))
        self.assertIsNone(self.get_uptime(vcpu_seconds=0))

    def test_uptime_is_unknown_without_pid_file(self) -> None:
        self.machine.pid_file(NAME).unlink()
        self.assertIsNone(self.get_uptime(make_stamped_xml(5)))
