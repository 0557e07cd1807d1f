# SPDX-License-Identifier: Apache-2.0
"""The driver where it starts a guest, or is about to."""

from __future__ import annotations

import os

import ddt
from lxml import etree
from nova import objects
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import driver as nova_driver

from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestEnsureConsoleLog(base.DriverTestCase):
    def test_log_that_is_appended_to_is_left_to_virtlogd(self) -> None:
        self.driver._ensure_console_log_for_instance(self.server)
        self.assertFalse(self.log.exists())

    def test_nova_makes_a_log_that_begins_anew(self) -> None:
        self.configure_handler('file')
        self.driver._ensure_console_log_for_instance(self.server)
        self.assertEqual(b'', self.log.read_bytes())

    @ddt.data('logd', 'file')
    def test_log_of_a_guest_that_comes_is_left_to_libvirt(self, handler: str) -> None:
        self.configure_handler(handler)
        self.server.task_state = 'migrating'
        self.driver._ensure_console_log_for_instance(self.server)
        self.assertFalse(self.log.exists())

    @ddt.data('logd', 'file')
    def test_log_elsewhere_is_left_to_libvirt(self, handler: str) -> None:
        self.configure_handler(handler)
        directory = self.log_elsewhere()
        self.driver._ensure_console_log_for_instance(self.server)
        self.assertEqual([], list(directory.iterdir()))
        self.assertFalse(self.log.exists())

    def test_log_of_a_container_is_left_to_nova(self) -> None:
        self.log_elsewhere()
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        self.driver._ensure_console_log_for_instance(self.server)
        self.assertEqual(b'', self.log.read_bytes())


@ddt.ddt
class TestCreateGuest(base.DriverTestCase):
    """The guest is started by libvirt's test driver, which writes no log."""

    @ddt.data(('logd', b'printed before'), ('file', b''))
    @ddt.unpack
    def test_log_begins_anew_where_virtlogd_does_not_limit_it(
            self, handler: str, newest: bytes) -> None:
        if os.getuid():
            self.skipTest('virtlogd is root')
        self.configure_handler(handler)
        self.patch(nova_driver.hardware, 'get_vtpm_constraint', lambda *_: None)
        self.log.write_bytes(b'printed before')
        guest_cfg = nova_config.LibvirtConfigGuest()
        guest_cfg.uuid = self.server.uuid
        self.driver._create_consoles(
            guest_cfg, self.server, objects.Flavor(extra_specs={}),
            objects.ImageMeta.from_dict({'properties': {'hw_architecture': 'x86_64'}}))
        xml = domains.domain('\n'.join(
            etree.tostring(device.format_dom(), encoding='unicode')
            for device in guest_cfg.devices), self.server.uuid)
        self.addCleanup(self.driver._undefine_domain, self.server)
        self.addCleanup(self.driver._destroy, self.server)
        guest = self.driver._create_guest(support.admin(), xml, self.server)
        self.assertTrue(guest.is_active())
        self.assertEqual(newest, self.log.read_bytes())
        self.assertEqual(b'printed before', files.read(self.log))

    def test_log_of_a_container_is_left_to_nova(self) -> None:
        self.conf.set_override('virt_type', 'lxc', 'libvirt')
        self.patch(nova_driver.LibvirtDriver, '_create_guest', lambda *_, **__: 'guest')
        self.log.write_bytes(b'printed before')
        xml = domains.domain(domains.PTY.replace(domains.LOG, str(self.log)))
        self.assertEqual('guest', self.driver._create_guest('context', xml, self.server))
        self.assertEqual(b'printed before', self.log.read_bytes())
