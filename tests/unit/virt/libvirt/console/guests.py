# SPDX-License-Identifier: Apache-2.0
"""Guests that Nova's own driver starts, rescues and ends over libvirt's test driver."""

from __future__ import annotations

import contextlib
from typing import Any

from lxml import etree
from nova import exception as nova_exception
from nova import objects
from nova.console import serial
from nova.virt.libvirt import blockinfo
from nova.virt.libvirt import config as nova_config
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt.console import config
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains

ADDRESS = '127.0.0.1'


class GuestsTestCase(base.DriverTestCase):
    """The driver gives its guests serial ports, on which they listen as long as they run.

    What Nova makes of a guest beside its consoles is left out, its disks and its network.
    """

    def setUp(self) -> None:
        super().setUp()
        self.enable_serial_ports()
        self.patch(serial, '_verify_port', self._verify_port)
        self.patch(blockinfo, 'get_disk_info', lambda *_, **__: {'mapping': {}})
        for name, function in (
                ('_get_guest_xml', _get_guest_xml),
                ('_create_image', lambda *_, **__: (True, True)),
                ('_get_all_assigned_mediated_devices', lambda *_: {}),
                ('_get_existing_guest_config', lambda *_: None), ('_lvm_disks', lambda *_: []),
                ('_undefine_domain', _undefine_domain), ('plug_vifs', lambda *_: None)):
            self.patch(nova_driver.LibvirtDriver, name, function)
        self.patch(nova_driver.crypto, 'delete_vtpm_secret', lambda *_: None)
        self.addCleanup(self._end_all, self.connection.listAllDomains())

    def set_port_range(self, number: int) -> None:
        """Have so many ports on this host."""
        self.conf.set_override('port_range', f'10000:{10000 + number}', 'serial_console')

    def make_guest(self, ports: int = 1) -> Any:
        """Start a guest with so many serial ports, and return its server."""
        server = self.make_server_with_ports(ports)
        self.start(server)
        return server

    def make_server_with_ports(self, ports: int) -> Any:
        """Return a server whose guest has so many serial ports when it is started."""
        return self.make_server(
            image_ref='', system_metadata={}, kernel_id='', ramdisk_id='', old_flavor=None,
            new_flavor=None, flavor=objects.Flavor(
                memory_mb=128, vcpus=1, root_gb=0, ephemeral_gb=0, swap=0,
                extra_specs={'hw:serial_port_count': str(ports)}))

    def start(self, server: Any) -> None:
        """Start a guest, as for its first boot."""
        self.driver.spawn(
            support.admin(), server, self.make_image(), None, None, {}, network_info=[])

    def make_image(self, **properties: Any) -> Any:
        """Return the metadata of an image for x86."""
        return objects.ImageMeta.from_dict({'properties': {
            'hw_architecture': 'x86_64', **properties}})

    def rescue(self, server: Any, **properties: Any) -> None:
        """Rescue a server with an image that has these properties."""
        self.driver.rescue(
            support.admin(), server, [], self.make_image(**properties), None, None, None)

    def hard_reboot(self, server: Any) -> None:
        """Start a guest anew, whether or not it runs."""
        self.driver._hard_reboot(support.admin(), server, [], None)

    def make_migrate_data(self, ports: list[int]) -> Any:
        """Return what Nova knows of a live migration for which it acquired these ports."""
        return objects.LibvirtLiveMigrateData(
            serial_listen_addr=ADDRESS, serial_listen_ports=ports)

    def get_ports(self, server: Any) -> list[int]:
        """Return the ports in the domain of a server."""
        domain = self.connection.lookupByUUIDString(server.uuid)
        return [port for _, port in config.serial_ports(domain.XMLDesc())]

    def _make_virtapi(self) -> Any:
        virtapi = super()._make_virtapi()
        virtapi.wait_for_instance_event = lambda *_, **__: contextlib.nullcontext()
        return virtapi

    def _verify_port(self, host: str, port: int) -> None:
        for domain in self.connection.listAllDomains():
            if domain.isActive() and (host, port) in config.serial_ports(domain.XMLDesc()):
                raise nova_exception.SocketPortInUseException(host=host, port=port, error='')

    def _end_all(self, before: list[Any]) -> None:
        kept = {domain.UUIDString() for domain in before}
        for domain in self.connection.listAllDomains():
            if domain.UUIDString() not in kept:
                if domain.isActive():
                    domain.destroy()
                domain.undefine()


class PortsTestCase(GuestsTestCase):
    """Asserts what is in Nova's account of ports."""

    def assert_allocated(self, *ports: int) -> None:
        """Assert that these ports are not free to Nova, and no others."""
        self.assertEqual({(ADDRESS, port) for port in ports}, self.ports)

    def assert_log_alone(self, server: Any) -> None:
        """Assert that a guest has a console log, and no port."""
        xml = self.connection.lookupByUUIDString(server.uuid).XMLDesc()
        self.assertEqual(([], base.nova_log_path(server)),
                         (config.serial_ports(xml), config.log_paths(xml).get(0)))
        warning, = (warning for warning in self.warnings_about(server)
                    if 'no serial port' in warning)
        self.assert_matches('no serial port until its next start: .+', warning)


def _get_guest_xml(driver: Any, context: Any, instance: Any, network_info: Any, disk_info: Any,
                   image_meta: Any, **_: Any) -> str:
    """Stand in for Nova's method: a domain that has nothing but its consoles."""
    guest = nova_config.LibvirtConfigGuest()
    guest.uuid = instance.uuid
    guest.name = instance.name
    driver._create_consoles(guest, instance, instance.flavor, image_meta)
    return domains.domain('\n'.join(
        etree.tostring(device.format_dom(), encoding='unicode') for device in guest.devices),
        instance.uuid)


def _undefine_domain(driver: Any, instance: Any, **_: Any) -> None:
    """Stand in for Nova's method, which has flags that libvirt's test driver does not know."""
    with contextlib.suppress(nova_exception.InstanceNotFound):
        driver._host.get_guest(instance)._domain.undefine()
