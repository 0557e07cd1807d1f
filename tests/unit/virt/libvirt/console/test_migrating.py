# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import pytest
from nova.virt.libvirt import guest as nova_guest

from nova_ext.virt.libvirt.console import config, migrating
from tests.unit.virt.libvirt.console import domains


class Domain:
    """A libvirt.virDomain that says what flags it was asked with."""

    def __init__(self, domain: Any) -> None:
        self._domain = domain
        self.flags: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._domain, name)

    def XMLDesc(self, flags: int) -> str:  # noqa: N802 - libvirt's name
        self.flags.append(flags)
        xml: str = self._domain.XMLDesc(0)
        return xml


@pytest.fixture
def domain(connection: Any) -> Any:
    defined = domains.define(connection, domains.domain(domains.tcp(2)))
    yield Domain(defined)
    defined.undefine()


@pytest.fixture
def guest(domain: Any) -> migrating.MigratingGuest:
    return migrating.MigratingGuest(
        nova_guest.Guest(domain), has_serial_ports=False, log_path='/there/log')


def test_the_configuration_to_migrate_with_is_fit_for_the_destination(
        guest: migrating.MigratingGuest, domain: Any) -> None:
    import libvirt

    xml = guest.get_xml_desc(dump_migratable=True)
    assert (config.serial_ports(xml), config.log_path(xml)) == ([], '/there/log')
    assert domain.flags == [libvirt.VIR_DOMAIN_XML_MIGRATABLE]


def test_any_other_is_what_it_is(guest: migrating.MigratingGuest, domain: Any) -> None:
    import libvirt

    assert guest.get_xml_desc() == domain._domain.XMLDesc(0)
    assert config.serial_ports(guest.get_xml_desc(True, dump_sensitive=True)) == [
        ('127.0.0.1', 10000), ('127.0.0.1', 10001)]
    assert domain.flags == [
        0, libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE]


def test_all_else_is_the_guests(guest: migrating.MigratingGuest, domain: Any) -> None:
    assert (guest.uuid, guest.name, guest.id) == (domain.UUIDString(), domain.name(), -1)
    assert guest.has_persistent_configuration()
    with pytest.raises(AttributeError):
        guest.nonsense()
