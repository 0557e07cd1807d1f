# SPDX-License-Identifier: Apache-2.0
"""The collector over libvirt's own test driver, in every state that it can bring a guest to."""

from __future__ import annotations

from typing import Any, Optional

import ddt
import libvirt

from nova_ext.objects import diagnostics as objects
from nova_ext.virt.libvirt import documents
from nova_ext.virt.libvirt.diagnostics import domain, fields
from tests.fixtures.libvirt import libvirt_error
from tests.unit import support
from tests.unit.virt.libvirt import base


@ddt.ddt
class TestStates(base.CollectorTestCase):
    def test_paused_guest_has_its_counters(self) -> None:
        self.domain.suspend()
        found = self.collect()
        self.assertEqual(('paused', 'requested'), (found.state, found.state_reason))
        self.assertGreaterEqual(found.cpu_details[0].time, 0)
        self.assertEqual(128, found.memory_details.maximum)

    def test_shut_off_guest_has_what_its_xml_says_and_no_counters(self) -> None:
        self.domain.destroy()
        found = self.collect()
        self.assertEqual(('shutdown', 'powered_off'), (found.state, found.state_reason))
        self.assertIsNone(found.uptime)
        self.assertEqual((2, 1, 2), (found.num_cpus, found.num_nics, found.num_disks))
        self.assertEqual(
            [{**dict.fromkeys(objects.CpuDiagnostics.fields), 'id': number} for number in (0, 1)],
            support.values(found.cpu_details))
        self.assertEqual(self.UNREAD_DISKS, support.values(found.disk_details))
        self.assertEqual({'maximum': 128, 'used': None}, support.values(found.memory_details))
        self.assertIs(True, found.config_drive)
        self.assertEqual('test', found.hypervisor)

    def test_nothing_is_waited_for_when_guest_is_shut_off(self) -> None:
        def wait(*arguments: Any) -> None:
            raise AssertionError('there is nothing to wait for')

        self.domain.destroy()
        self.patch(self.collector.queries, 'ask_guest', wait)
        self.patch(self.collector.sampler, 'window', wait)
        self.assertEqual('shutdown', self.collect().state)

    def test_guest_saved_to_disk_is_suspended(self) -> None:
        self.domain.managedSave(0)
        found = self.collect()
        self.assertEqual(('suspended', 'saved'), (found.state, found.state_reason))
        self.assertIsNone(found.uptime)

    def test_crashed_guest_is_crashed(self) -> None:
        self.domain.coreDump(str(self.make_directory() / 'core'), libvirt.VIR_DUMP_CRASH)
        self.assertEqual(
            [libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_CRASHED],
            self.domain.state())
        found = self.collect()
        self.assertEqual(('crashed', 'crashed'), (found.state, found.state_reason))

    def assert_pending(self) -> None:
        self.assertEqual(
            {**self.NOTHING_KNOWN, 'state': 'pending', 'driver': 'libvirt'},
            support.values(self.collect()))

    def test_server_without_domain_is_pending(self) -> None:
        self.instance = support.instance()
        self.assert_pending()

    def test_server_whose_domain_is_undefined_meanwhile_is_pending(self) -> None:
        self.collect()
        self.delete_guest()
        self.assert_pending()

    @ddt.data(
        (libvirt.VIR_DOMAIN_NOSTATE, 0, 'pending'),
        (libvirt.VIR_DOMAIN_BLOCKED, 0, 'running'),
        (libvirt.VIR_DOMAIN_SHUTDOWN, 0, 'running'),
        (libvirt.VIR_DOMAIN_CRASHED, 0, 'crashed'),
        (libvirt.VIR_DOMAIN_PMSUSPENDED, 0, 'suspended'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_FAILED, 'crashed'),
        (libvirt.VIR_DOMAIN_SHUTOFF, libvirt.VIR_DOMAIN_SHUTOFF_DESTROYED, 'shutdown'),
        (99, 0, None))
    @ddt.unpack
    def test_libvirt_state_becomes_nova_state(
            self, state: int, reason: int, expected: Optional[str]) -> None:
        self.assertEqual(expected, fields.state(state, reason, is_saved=False))

    def test_guest_is_shut_down_where_hypervisor_cannot_save_guests(self) -> None:
        def fail(domain: Any, flags: int) -> None:
            raise libvirt_error(libvirt.VIR_ERR_NO_SUPPORT)

        self.domain.destroy()
        self.patch(libvirt.virDomain, 'hasManagedSaveImage', fail)
        found = self.collect()
        self.assertEqual(('shutdown', 2), (found.state, found.num_cpus))


class TestUnreadable(base.CollectorTestCase):
    def test_domain_that_is_no_xml_leaves_every_field_unknown(self) -> None:
        self.patch(domain, 'parse', lambda _: documents.parse('<domain'))
        self.assertEqual(
            {**self.NOTHING_KNOWN, 'driver': 'libvirt'}, support.values(self.collect()))
        self.assertIn('Failed to read diagnostics: ', self.logs.text)
