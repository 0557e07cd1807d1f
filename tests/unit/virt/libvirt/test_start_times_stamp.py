# SPDX-License-Identifier: Apache-2.0
"""The stamp, in a guest's metadata, of the time at which it was started."""

from __future__ import annotations

import libvirt

from nova_ext.virt.libvirt import start_times
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt import start_times_base
from tests.unit.virt.libvirt.start_times_base import INCOMING, NAME, PID, UUID

NOVA = 'http://openstack.org/xmlns/libvirt/nova/1.1'
NOVA_EXT = 'http://openstack.org/xmlns/libvirt/nova-ext/1.0'


class TestStamp(start_times_base.StartedTestCase):
    """A guest of libvirt's test driver that the machine's process runs."""

    def setUp(self) -> None:
        super().setUp()
        self.domain = self.useFixture(libvirt_fixtures.LibvirtConnection()).define(
            libvirt_fixtures.DOMAIN.format(name=NAME, uuid=UUID))
        # That of libvirt's test driver is many years.
        self.patch(self.domain, 'vcpus', lambda: ([(0, 1, 10**9, 0)], []))

    def stamp(self) -> None:
        """Stamp the guest."""
        self.machine.times.stamp(self.domain)

    def test_stamp_of_one_host_is_read_by_the_next(self) -> None:
        self.stamp()
        self.machine.set_qemu(*INCOMING, age=1)
        self.assertIn(self.machine.get_uptime(self.domain.XMLDesc(0)), range(99, 110))

    def test_stamp_is_that_of_the_pid_file_when_the_process_is_hidden(self) -> None:
        self.machine.hide()
        self.stamp()
        received = start_times.Run(
            (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_MIGRATED), {})
        self.assertIn(
            self.machine.get_uptime(self.domain.XMLDesc(0), received), range(99, 110))

    def test_guest_that_nova_starts_paused_is_stamped_when_the_process_is_hidden(self) -> None:
        """It runs when its ports are there, and libvirt knows it as one that was paused."""
        for hidden in (False, True):
            if hidden:
                self.machine.hide()
            self.domain.suspend()
            self.domain.resume()
            self.machine.times.stamp_booted(self.domain)
            self.assertIs(hidden, 'started=' in self.domain.XMLDesc(0))
        unpaused = start_times.Run(
            (libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_UNPAUSED), {})
        self.assertIn(
            self.machine.get_uptime(self.domain.XMLDesc(0), unpaused), range(99, 110))

    def test_guest_that_was_received_is_not_stamped_as_booted(self) -> None:
        self.machine.hide()
        self.patch(self.domain, 'state', lambda: [
            libvirt.VIR_DOMAIN_RUNNING, libvirt.VIR_DOMAIN_RUNNING_RESTORED])
        self.machine.times.stamp_booted(self.domain)
        self.assertNotIn('started=', self.domain.XMLDesc(0))

    def test_stamp_does_not_change_metadata_of_nova(self) -> None:
        self.domain.setMetadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, '<instance><name>vm</name></instance>', 'nova',
            NOVA, libvirt.VIR_DOMAIN_AFFECT_LIVE)
        self.stamp()
        self.assertIn('started="20', self.domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, NOVA_EXT, 0))
        self.assertIn('<name>vm</name>', self.domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, NOVA, 0))

    def test_stamp_is_not_in_inactive_xml(self) -> None:
        self.stamp()
        self.assertNotIn('started=', self.domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))

    def test_incoming_guest_keeps_its_first_stamp(self) -> None:
        self.stamp()
        first = self.domain.XMLDesc(0)
        self.machine.set_qemu(*INCOMING, age=1)
        self.stamp()
        self.assertEqual(first, self.domain.XMLDesc(0))

    def test_guest_is_not_stamped_when_its_start_is_unknown(self) -> None:
        self.machine.show_process(PID, ['/sbin/init'])
        self.stamp()
        self.assertNotIn('started=', self.domain.XMLDesc(0))

    def test_start_of_a_guest_that_has_ended_is_unknown_when_its_process_is_hidden(self) -> None:
        self.machine.hide()
        self.stamp()
        xml = self.domain.XMLDesc(0)
        self.domain.destroy()
        self.assertIsNone(self.machine.times.started_in(self.domain, xml))
