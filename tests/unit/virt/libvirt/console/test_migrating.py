# SPDX-License-Identifier: Apache-2.0
"""The configuration with which a guest migrates."""

from __future__ import annotations

from typing import Any

import libvirt
from nova.virt.libvirt import guest as nova_guest

from nova_ext.virt.libvirt.console import config, migrating
from tests.fixtures import libvirt as libvirt_fixture
from tests.unit import base
from tests.unit.virt.libvirt.console import domains


class Domain:
    """A libvirt.virDomain that records the flags its configuration was requested with."""

    def __init__(self, domain: Any) -> None:
        self._domain = domain
        self.flags: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._domain, name)

    def XMLDesc(self, flags: int) -> str:  # noqa: N802 - libvirt's name
        self.flags.append(flags)
        xml: str = self._domain.XMLDesc(0)
        return xml


class TestMigratingGuest(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        host = self.useFixture(libvirt_fixture.LibvirtConnection())
        self.domain = Domain(host.define(domains.domain(domains.tcp(2)), running=False))
        self.guest = migrating.MigratingGuest(
            nova_guest.Guest(self.domain), has_serial_ports=False, append=False,
            paths={0: '/there/log'})

    def test_migratable_configuration_suits_the_destination(self) -> None:
        xml = self.guest.get_xml_desc(dump_migratable=True)
        self.assertEqual([], config.serial_ports(xml))
        self.assertEqual({0: '/there/log'}, config.log_paths(xml))
        self.assertFalse(config.is_appended(xml))
        self.assertEqual([libvirt.VIR_DOMAIN_XML_MIGRATABLE], self.domain.flags)

    def test_any_other_configuration_is_unchanged(self) -> None:
        self.assertEqual(self.domain._domain.XMLDesc(0), self.guest.get_xml_desc())
        self.assertEqual(
            [('127.0.0.1', 10000), ('127.0.0.1', 10001)],
            config.serial_ports(self.guest.get_xml_desc(True, dump_sensitive=True)))
        self.assertEqual(
            [0, libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE],
            self.domain.flags)

    def test_everything_else_is_passed_on_to_the_guest(self) -> None:
        self.assertEqual(self.domain.UUIDString(), self.guest.uuid)
        self.assertEqual(self.domain.name(), self.guest.name)
        self.assertEqual(-1, self.guest.id)
        self.assertTrue(self.guest.has_persistent_configuration())
        with self.assert_raises(AttributeError):
            self.guest.nonsense()
