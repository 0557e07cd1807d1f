# SPDX-License-Identifier: Apache-2.0
"""Debian's configuration files, edited for the sandbox."""

from __future__ import annotations

import configparser
import dataclasses
import pathlib

from sandbox.debian import config
from sandbox.hosts import Host
from sandbox.settings import Options
from tests.unit import base

OPTIONS = Options(hosts=2, debian=True)


@dataclasses.dataclass(frozen=True)
class HostOfFiles(Host):
    """A host that does not run, with the files of a directory."""

    root: pathlib.Path = pathlib.Path('/nonexistent')


class TestFiles(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = self.make_directory()
        for name in (*config.CONTROLLER.values(), *config.HOST.values(), *config.PROCESSES):
            self.write(name, '[DEFAULT]\n')
        self.write('nova/nova-compute.conf',
                   '[DEFAULT]\ncompute_driver=libvirt.LibvirtDriver\n[libvirt]\nvirt_type=kvm\n')
        self.write('libvirt/libvirtd.conf', 'unix_sock_group = "libvirt"\n')
        self.write('libvirt/virtlogd.conf', '#max_size = 2097152\n')
        self.write('rabbitmq/rabbitmq.conf', '')

    def write(self, name: str, text: str) -> None:
        """Write a file below etc/."""
        path = self.root / 'etc' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def read(self, name: str) -> configparser.RawConfigParser:
        """Parse a file below etc/."""
        parser = configparser.RawConfigParser(default_section='')
        parser.read(self.root / 'etc' / name)
        return parser

    def test_compute_host_has_its_name_and_nothing_of_the_database(self) -> None:
        config.write_host(HostOfFiles(2, self.root), OPTIONS, 'qemu')
        self.assertEqual('stack2', self.read('nova/nova.conf')['DEFAULT']['host'])
        self.assertNotIn('mysql', (self.root / 'etc/nova/nova.conf').read_text())

    def test_driver_and_paths_and_privileges_are_those_of_debian(self) -> None:
        host = HostOfFiles(1, self.root)
        config.write_controller(host, OPTIONS)
        config.write_host(host, OPTIONS, 'qemu')
        compute = self.read('nova/nova-compute.conf')
        self.assertEqual('libvirt.LibvirtDriver', compute['DEFAULT']['compute_driver'])
        self.assertEqual('qemu', compute['libvirt']['virt_type'])
        for path in (self.root / 'etc').rglob('*.conf'):
            for name in config.DEBIANS - {'compute_driver', 'virt_type'}:
                self.assertNotIn(f'\n{name} =', path.read_text(), path.name)

    def test_controller_has_the_databases(self) -> None:
        config.write_controller(HostOfFiles(1, self.root), OPTIONS)
        self.assertIn('/nova_cell1', self.read('nova/nova.conf')['database']['connection'])
        self.assertIn('/keystone', self.read('keystone/keystone.conf')['database']['connection'])

    def test_what_libvirt_sets_of_its_own_stays(self) -> None:
        config.write_host(HostOfFiles(1, self.root), OPTIONS, 'qemu')
        text = (self.root / 'etc/libvirt/libvirtd.conf').read_text()
        self.assertEqual(1, text.count('unix_sock_group'))
        self.assertIn('unix_sock_group = "libvirt"', text)
        self.assertIn('listen_tcp = 1', text)
