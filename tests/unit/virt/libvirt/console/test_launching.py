# SPDX-License-Identifier: Apache-2.0
"""Guests that Nova launches again as they are defined."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import ddt
from nova.compute import power_state
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt.console import launching
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains, guests, servers
from tests.unit.virt.libvirt.console import virtlogd_files as files


class Guest(domains.Guest):
    """One that can be launched, and records the log as it is then, beside all of it."""

    name = 'guest'

    def __init__(self, xml: str, log: Path) -> None:
        super().__init__(xml)
        self._log = log
        self.launches: list[tuple[Any, bytes, bytes]] = []

    def launch(self, pause: bool = False) -> str:
        self.launches.append((pause, self._log.read_bytes(), files.read(self._log)))
        return 'launched'


class TestLaunches(servers.StartsTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf.set_override('virt_type', 'qemu', 'libvirt')
        self.nova_path.write_bytes(b'printed before')
        self.guest = Guest(domains.domain(domains.tcp(log=str(self.nova_path))), self.nova_path)
        self.host = types.SimpleNamespace(
            name='host', get_guest=lambda server: self.guest if server is self.server else None)
        self.launches = launching.Launches(self.consoles, self.starts)

    def test_newest_part_of_the_log_is_kept_before_the_guest_is_launched(self) -> None:
        for guest in (
                self.launches.make_guest(self.guest, self.server),
                self.launches.make_host(self.host, self.server).get_guest(self.server)):
            self.assertEqual('launched', guest.launch(pause=True))
        self.assertEqual([(True, b'', b'printed before')] * 2, self.guest.launches)

    def test_everything_else_is_the_guests_and_the_hosts_own(self) -> None:
        host = self.launches.make_host(self.host, self.server)
        self.assertEqual(('host', 'guest'), (host.name, host.get_guest(self.server).name))

    def test_guest_is_launched_though_its_configuration_cannot_be_read(self) -> None:
        def fail(*_: Any, **__: Any) -> str:
            raise RuntimeError('no XML')

        self.patch(Guest, 'get_xml_desc', fail)
        self.launches.make_guest(self.guest, self.server).launch()
        self.assertEqual([(False, b'printed before', b'printed before')], self.guest.launches)
        self.assertEqual(['Failed to prepare the console log for the start of the guest: '
                          'RuntimeError: no XML'], self.warnings_about(self.server))
        self.assertEqual({'console_log': 1}, self.consoles.failures.counts())

    def test_container_is_left_to_nova(self) -> None:
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        self.assertIs(self.guest, self.launches.make_guest(self.guest, self.server))
        self.assertIs(self.host, self.launches.make_host(self.host, self.server))


@ddt.ddt
class TestDriver(guests.GuestsTestCase):
    """Nova's own driver launches a guest, where virtlogd does not write its log."""

    def setUp(self) -> None:
        super().setUp()
        self.configure_handler('file')
        self.guest = self.make_guest()
        self.domain = self.connection.lookupByUUIDString(self.guest.uuid)
        self.guest_log = Path(base.nova_log_path(self.guest))
        self.guest_log.write_bytes(b'printed before')

    def assert_begun_anew(self) -> None:
        """Assert that the guest runs, and that what it printed is kept beside its log."""
        self.assertTrue(self.domain.isActive())
        self.assertEqual(b'', self.guest_log.read_bytes())
        self.assertEqual(b'printed before', files.read(self.guest_log))

    def test_log_of_a_guest_that_is_rebooted_softly_is_kept(self) -> None:
        host = self.driver._host
        self.driver.reboot(support.admin(), self.guest, [], 'SOFT')
        self.assertIs(host, self.driver._host)
        self.assert_begun_anew()

    @ddt.data((power_state.RUNNING, True), (power_state.SHUTDOWN, False))
    @ddt.unpack
    def test_log_of_a_guest_that_was_saved_for_a_snapshot_is_kept(
            self, state: int, launched: bool) -> None:
        for name in ('_attach_pci_devices', '_attach_direct_passthrough_ports'):
            self.patch(nova_driver.LibvirtDriver, name, lambda *_: None)
        self.patch(type(self.guest), 'get_pci_devices', lambda *_, **__: [])
        self.domain.destroy()
        self.driver._resume_guest_after_snapshot(
            support.admin(), False, state, self.guest, self.driver._host.get_guest(self.guest))
        if launched:
            self.assert_begun_anew()
        else:
            self.assertEqual(b'printed before', self.guest_log.read_bytes())
