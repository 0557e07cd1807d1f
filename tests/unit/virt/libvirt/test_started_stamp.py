# SPDX-License-Identifier: Apache-2.0
"""The stamp, in a guest's metadata, of the time at which it was started."""

from __future__ import annotations

import libvirt
from nova.virt.libvirt import guest as nova_guest

from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit.virt.libvirt import started_base
from tests.unit.virt.libvirt.started_base import INCOMING

NOVA = 'http://openstack.org/xmlns/libvirt/nova/1.1'
NOVA_EXT = 'http://openstack.org/xmlns/libvirt/nova-ext/1.0'


class TestStamp(started_base.StartedTestCase):
    """A guest of libvirt's test driver that the machine's process runs."""

    def setUp(self) -> None:
        super().setUp()
        self.domain = self.useFixture(libvirt_fixtures.LibvirtConnection()).define_guest()
        self.guest = nova_guest.Guest(self.domain)
        pid_file = self.machine.pid_file
        pid_file.rename(pid_file.with_name(f'{self.guest.name}.pid'))

    def stamp(self) -> None:
        """Stamp the guest."""
        self.machine.times.stamp(self.guest, self.domain)

    def test_stamp_of_one_host_is_read_by_the_next(self) -> None:
        self.stamp()
        self.machine.set_process(INCOMING, age=1)
        self.assertIn(
            self.machine.get_uptime(self.guest.get_xml_desc(), self.guest), (99, 100, 101))

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
        first = self.guest.get_xml_desc()
        self.machine.set_process(INCOMING, age=1)
        self.stamp()
        self.assertEqual(first, self.guest.get_xml_desc())

    def test_guest_is_not_stamped_when_its_start_is_unknown(self) -> None:
        self.machine.process.joinpath('stat').unlink()
        self.stamp()
        self.assertNotIn('started=', self.guest.get_xml_desc())
