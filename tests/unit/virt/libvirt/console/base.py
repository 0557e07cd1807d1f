# SPDX-License-Identifier: Apache-2.0
"""What the tests of consoles share: a host's directories, Nova's records, its guests."""

from __future__ import annotations

import logging
import types
import uuid
from pathlib import Path
from typing import Any, Optional

from nova.console import serial

from nova_ext.virt.libvirt.console import consoles, disk, logrotate, virtlogd, visibility
from tests.fixtures import configuration, database, libvirt, privsep, rpc
from tests.unit import base, support
from tests.unit.virt.libvirt.console import domains, peers
from tests.unit.virt.libvirt.console import virtlogd_files as files


def nova_log_path(server: Any) -> str:
    """Return where Nova logs a server's console on this host."""
    from nova.virt.libvirt import driver

    path: str = driver.LibvirtDriver._get_console_log_path(server)
    return path


class ConsoleTestCase(base.TestCase):
    """A host whose privileged functions run in this process.

    :attr:`directory` is empty. :attr:`libvirt_directory` is where the host has libvirt's
    configuration and sockets, none at first: the machine that runs the tests may have others.
    """

    def setUp(self) -> None:
        super().setUp()
        self.conf: Any = self.useFixture(configuration.Configuration()).conf
        self.useFixture(privsep.PrivsepInProcess())
        self.directory = self.make_directory()
        self.libvirt_directory = self.make_directory()
        for name, file in (('SOCKET', 'virtlogd-sock'), ('CONFIGURATION', 'virtlogd.conf'),
                           ('QEMU_CONFIGURATION', 'qemu.conf')):
            self.patch(virtlogd, name, str(self.libvirt_directory / file))
        self.patch(virtlogd, '_LIBVIRT_SOCKETS', (str(self.libvirt_directory / 'libvirt-sock'),))
        for daemon in ('libvirt', 'virtlogd'):
            self.patch(visibility, f'is_read_by_{daemon}', lambda path: True)
        self.patch(logrotate, '_CONFIGURATIONS', ())

    def configure_handler(self, handler: str) -> None:
        """Have libvirt configured to let something write the logs, ``logd`` or ``file``."""
        (self.libvirt_directory / 'qemu.conf').write_text(f'stdio_handler = "{handler}"\n')

    def warnings_about(self, server: Any) -> list[str]:
        """Return the warnings and errors that were logged with this server as their instance."""
        return [record.getMessage() for record in self.logs.records
                if record.levelno >= logging.WARNING
                and server.uuid in f"{vars(record).get('instance')} "
                                   f"{vars(record).get('instance_uuid')}"]

    def assert_contiguous(self, data: bytes, at_least: int = 0) -> None:
        """Assert that numbered lines are read without a gap and without repetition.

        :param at_least: so many bytes had been written before the data were read, which may
            therefore not end earlier
        """
        numbers = files.lines(data)
        if numbers:
            start = numbers[0] * files.LINE - data.index(files.line(numbers[0]))
            self.assertEqual(files.text(start, start + len(data)), data)
            self.assertGreaterEqual(start + len(data), at_least)
        else:
            self.assertIn(
                data, files.text(max(0, at_least - len(data)), at_least + 500 * files.LINE))


class HostTestCase(ConsoleTestCase):
    """The host ``here`` with its :attr:`consoles`, and Nova's database.

    :attr:`instances` is the directory of the servers' directories, :attr:`connection` one to
    libvirt's test driver, :attr:`ports` are the serial ports that Nova has acquired.
    """

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(database.CellDatabase(self.conf))
        self.libvirt = self.useFixture(libvirt.LibvirtConnection())
        self.connection = self.libvirt.connection
        self.instances = self.directory / 'instances'
        self.instances.mkdir()
        self.conf.set_override('instances_path', str(self.instances))
        self.conf.set_override('host', 'here')
        self.ports: set[tuple[str, int]] = set()
        self.patch(serial, 'ALLOCATED_PORTS', self.ports)
        self.consoles = consoles.Consoles(
            libvirt.make_queries(), self.conf, nova_log_path)

    def set_disk_timeout(self, seconds: float) -> None:
        """Have nobody wait longer for the disk with the logs."""
        self.patch(disk, 'TIMEOUT', seconds)
        self.consoles.disk = disk.Disk()

    def make_server(self, **values: Any) -> Any:
        """Add a server on this host to Nova's database, and make its directory.

        :param values: fields of :class:`nova.objects.Instance`
        """
        from nova import objects

        server = objects.Instance(support.admin(), **{
            'project_id': support.PROJECT, 'user_id': 'user', 'host': 'here',
            'vm_state': 'active', 'power_state': 1, **values})
        server.create()
        (self.instances / server.uuid).mkdir()
        return server

    def make_migration(self, server: Any, **values: Any) -> Any:
        """Add a server's migration from this host to another to Nova's database.

        :param values: fields of :class:`nova.objects.Migration`
        """
        from nova import objects

        migration = objects.Migration(support.admin(), **{
            'instance_uuid': server.uuid, 'source_compute': 'here', 'dest_compute': 'there',
            'status': 'migrating', 'migration_type': 'migration', **values})
        migration.create()
        return migration

    def define(self, server: Any, devices: str, *, running: bool = False) -> Any:
        """Define a server's domain with these consoles."""
        return self.libvirt.define(domains.domain(devices, server.uuid), running=running)

    def enable_serial_ports(self) -> None:
        """Have this host give guests serial ports, which Nova acquires."""
        self.conf.set_override('enabled', True, 'serial_console')

    def log_elsewhere(self) -> Path:
        """Have this host log consoles in a directory outside the servers', and return that."""
        directory = self.directory / 'log'
        directory.mkdir()
        self.conf.set_override('console_log_directory', str(directory), 'nova_ext')
        return directory


class TwoHostsTestCase(HostTestCase):
    """The host ``here`` and another one, whose name is :attr:`there`, on a message bus."""

    def setUp(self) -> None:
        super().setUp()
        self.rpc = self.useFixture(rpc.Rpc(self.conf))
        self.there = f'there-{uuid.uuid4().hex[:8]}'

    def start_there(self) -> peers.Histories:
        """Start the other host's nova-compute, and return what it receives."""
        histories = peers.Histories()
        self.rpc.start_host(self.there, peers.plugin(histories))
        return histories

    def other_conf(self, host: str, history_bytes: Optional[int] = None,
                   log_directory: Optional[Path] = None) -> Any:
        """Return the configuration of another host, which logs consoles where Nova does."""
        ours = types.SimpleNamespace(
            console_history_bytes=(self.conf.nova_ext.console_history_bytes
                                   if history_bytes is None else history_bytes),
            console_log_directory=log_directory and str(log_directory))
        return types.SimpleNamespace(
            host=host, nova_ext=ours, libvirt=self.conf.libvirt,
            serial_console=self.conf.serial_console)


class DriverTestCase(TwoHostsTestCase):
    """The host's :attr:`driver`, ``nova_ext.LibvirtDriver``, and a :attr:`server`.

    The driver is connected to libvirt's test driver, which is configured to use virtlogd.
    :attr:`log` is where Nova logs the console of the server.
    """

    def setUp(self) -> None:
        from nova import objects

        from nova_ext.virt.libvirt import driver

        super().setUp()
        self.conf.set_override('connection_uri', 'test:///default', 'libvirt')
        self.conf.set_override('virt_type', 'qemu', 'libvirt')
        self.configure_handler('logd')
        self.driver: Any = driver.LibvirtDriver(self._make_virtapi())
        self.server = self.make_server()
        self.server.flavor = objects.Flavor(extra_specs={})
        self.log = Path(nova_log_path(self.server))

    def make_stock_driver(self) -> Any:
        """Return Nova's own driver."""
        from nova.virt.libvirt import driver

        return driver.LibvirtDriver(self._make_virtapi())

    def _make_virtapi(self) -> Any:
        return types.SimpleNamespace(_compute=types.SimpleNamespace(additional_endpoints=[]))
