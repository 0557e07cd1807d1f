# SPDX-License-Identifier: Apache-2.0
"""The services' configuration files."""

from __future__ import annotations

import configparser
import dataclasses

import ddt

from sandbox import config, hosts, settings
from sandbox.config import Environments
from sandbox.settings import Options
from tests.unit import base


class ConfigTestCase(base.TestCase):
    """An empty directory for the files, and environments that hold only what config reads."""

    def setUp(self) -> None:
        super().setUp()
        self.cloud = self.make_directory()
        self.patch(settings, 'CLOUD', self.cloud)
        for name in ('nova', 'nova-ext'):
            paste = self.cloud / name / 'etc/nova/api-paste.ini'
            paste.parent.mkdir(parents=True)
            paste.write_text(
                '[composite:openstack_compute_api_v21]\nkeystone = a app\n'
                '[composite:openstack_compute_api_v21_legacy_v2_compatible]\nkeystone = a app\n')
        self.environments = Environments(
            self.cloud / 'services', self.cloud / 'nova-ext', self.cloud / 'nova')

    def write(self, options: Options, virt_type: str = 'qemu') -> None:
        """Write the files of a cloud with these options."""
        config.write(options, hosts.all_hosts(options.all_hosts), self.environments, virt_type)

    def read(self, name: str) -> configparser.RawConfigParser:
        """Parse a file below etc/."""
        parser = configparser.RawConfigParser()
        parser.read_string((self.cloud / 'etc' / name).read_text())
        return parser

    def read_texts(self, pattern: str) -> list[str]:
        """Read the files below etc/ that match a pattern."""
        return [path.read_text() for path in (self.cloud / 'etc').rglob(pattern)
                if path.is_file()]


@ddt.ddt
class TestComputeHosts(ConfigTestCase):
    def test_every_host_has_its_own_name_and_address(self) -> None:
        self.write(Options(hosts=3))
        for number in (1, 2, 3):
            found = self.read(f'stack{number}/nova/nova-cpu.conf')['DEFAULT']
            self.assertEqual(
                (f'stack{number}', f'10.99.0.{number}'), (found['host'], found['my_ip']))

    def test_compute_hosts_have_no_database_connection(self) -> None:
        self.write(Options(hosts=2))
        for number in (1, 2):
            text = (self.cloud / f'etc/stack{number}/nova/nova-cpu.conf').read_text()
            self.assertNotIn('mysql', text)

    @ddt.data('qemu', 'kvm')
    def test_every_host_has_the_virt_type_of_the_cloud(self, virt_type: str) -> None:
        self.write(Options(hosts=2), virt_type)
        for number in (1, 2):
            found = self.read(f'stack{number}/nova/nova-cpu.conf')
            self.assertEqual(virt_type, found['libvirt']['virt_type'])


@ddt.ddt
class TestUsers(ConfigTestCase):
    @ddt.data(
        (Options(), 'sudo ', '"libvirt"', {'user': '"libvirt-qemu"', 'dynamic_ownership': '1'}),
        (Options(root=True), '', '"root"', {'user': '"root"', 'dynamic_ownership': '0'}))
    @ddt.unpack
    def test_guests_and_helpers_have_the_users_of_the_cloud(
            self, options: Options, sudo: str, group: str, qemu: dict[str, str]) -> None:
        self.write(options)
        found = self.read('stack2/nova/nova-cpu.conf')
        for section in ('nova_sys_admin', 'vif_plug_ovs_privileged', 'privsep_osbrick'):
            self.assertEqual(f'{sudo}{self.cloud}/nova-ext/bin/privsep-helper',
                             found[section]['helper_command'])
        for name, settings_there in (('qemu.conf', qemu),
                                     ('libvirtd.conf', {'unix_sock_group': group})):
            text = (self.cloud / 'etc/stack2/libvirt' / name).read_text()
            for key, value in settings_there.items():
                self.assertIn(f'{key} = {value}\n', text)


class TestPlugin(ConfigTestCase):
    def test_only_the_stock_host_has_the_driver_of_nova(self) -> None:
        self.write(Options(hosts=3, stock_host=3))
        parsers = [self.read(f'stack{number}/nova/nova-cpu.conf') for number in (1, 2, 3)]
        self.assertEqual(
            ['nova_ext.LibvirtDriver', 'nova_ext.LibvirtDriver', 'libvirt.LibvirtDriver'],
            [parser['DEFAULT']['compute_driver'] for parser in parsers])
        self.assertEqual(
            [True, True, False], [parser.has_section('nova_ext') for parser in parsers])
        self.assertEqual(f'sudo {self.cloud}/nova/bin/privsep-helper',
                         parsers[2]['nova_sys_admin']['helper_command'])

    def test_stock_cloud_is_configured_without_the_plugin(self) -> None:
        self.write(Options(stock=True))
        texts = self.read_texts('nova*/*')
        self.assertTrue(texts)
        for text in texts:
            self.assertNotIn('[nova_ext]', text)
            self.assertNotIn('nova-ext#', text)

    def test_stock_api_has_the_same_configuration_without_the_filter(self) -> None:
        self.write(Options(hosts=1, stock_api=True))
        ours, stock = (self.read(f'stack1/{name}/nova.conf')
                       for name in ('nova-api', 'nova-api-stock'))
        self.assertEqual(ours['database'], stock['database'])
        self.assertEqual(ours['DEFAULT'], stock['DEFAULT'])
        folder = self.cloud / 'etc/stack1'
        self.assertIn('nova_ext', (folder / 'nova-api/api-paste.ini').read_text())
        self.assertNotIn('nova_ext', (folder / 'nova-api-stock/api-paste.ini').read_text())

    def test_stock_host_runs_from_the_environment_without_the_plugin(self) -> None:
        options = Options(hosts=2, stock_host=2)
        first, second = hosts.all_hosts(2)
        self.assertEqual(
            self.environments.nova, self.environments.of_compute(options, first))
        self.assertEqual(
            self.environments.stock, self.environments.of_compute(options, second))


class TestVolumes(ConfigTestCase):
    def test_cloud_with_volumes_configures_cinder_and_the_hosts(self) -> None:
        self.environments = dataclasses.replace(
            self.environments, cinder=self.cloud / 'cinder-venv')
        self.write(Options(hosts=2, volumes=True, stock_api=True))
        cinder = self.read('stack1/cinder/cinder.conf')
        self.assertEqual(f'{self.cloud}/ceph/ceph.conf', cinder['ceph']['rbd_ceph_conf'])
        self.assertIn(cinder['ceph']['rbd_secret_uuid'],
                      (self.cloud / 'ceph/secret.xml').read_text())
        self.assertTrue(cinder['DEFAULT']['api_paste_config'].startswith(
            f'{self.cloud}/cinder-venv/'))
        self.assertFalse((self.cloud / 'etc/stack2/cinder').exists())
        for name in ('stack1/nova/nova-cpu.conf', 'stack2/nova/nova-cpu.conf',
                     'stack1/nova-api/nova.conf', 'stack1/nova-api-stock/nova.conf'):
            self.assertEqual('nova', self.read(name)['cinder']['username'])

    def test_libvirt_secret_has_the_key_of_the_ceph_client(self) -> None:
        self.write(Options(hosts=1, volumes=True))
        key = (self.cloud / 'ceph/secret.key').read_text()
        self.assertIn(f'[client.cinder]\nkey = {key}\n',
                      (self.cloud / 'ceph/keyring').read_text())

    def test_cloud_without_volumes_is_configured_without_cinder_and_ceph(self) -> None:
        self.write(Options(hosts=2))
        texts = self.read_texts('*')
        self.assertTrue(texts)
        for text in texts:
            self.assertNotIn('cinder', text)
            self.assertNotIn('ceph', text)
        self.assertFalse((self.cloud / 'ceph').exists())


class TestVMware(ConfigTestCase):
    def test_one_more_host_has_the_driver_for_vmware_and_its_environment(self) -> None:
        options = Options(hosts=1, vmware=True)
        self.environments = dataclasses.replace(
            self.environments, vmware=self.cloud / 'vmware-venv')
        self.write(options)
        first, second = (self.read(f'stack{number}/nova/nova-cpu.conf') for number in (1, 2))
        self.assertEqual(
            ['nova_ext.LibvirtDriver', 'nova_ext.VMwareDriver'],
            [parser['DEFAULT']['compute_driver'] for parser in (first, second)])
        self.assertFalse(first.has_section('vmware'))
        self.assertEqual('10.99.0.2', second['vmware']['host_ip'])
        self.assertEqual(f'sudo {self.cloud}/vmware-venv/bin/privsep-helper',
                         second['nova_sys_admin']['helper_command'])


class TestIronic(ConfigTestCase):
    def write_with_ironic(self, options: Options) -> None:
        """Write the files of a cloud with bare metal."""
        self.environments = dataclasses.replace(
            self.environments, ironic=self.cloud / 'ironic-venv',
            ironic_driver=self.cloud / 'driver-venv', vmware=self.cloud / 'vmware-venv')
        self.write(options)

    def test_last_host_has_the_driver_for_ironic_and_its_environment(self) -> None:
        self.write_with_ironic(Options(hosts=1, vmware=True, ironic=True))
        hosts = [self.read(f'stack{number}/nova/nova-cpu.conf') for number in (1, 2, 3)]
        self.assertEqual(
            ['nova_ext.LibvirtDriver', 'nova_ext.VMwareDriver', 'nova_ext.IronicDriver'],
            [parser['DEFAULT']['compute_driver'] for parser in hosts])
        self.assertEqual(
            [False, False, True], [parser.has_section('ironic') for parser in hosts])
        self.assertEqual('nova', hosts[2]['ironic']['username'])
        self.assertEqual(f'sudo {self.cloud}/driver-venv/bin/privsep-helper',
                         hosts[2]['nova_sys_admin']['helper_command'])

    def test_controller_has_an_ironic_that_asks_keystone(self) -> None:
        self.write_with_ironic(Options(hosts=1, ironic=True))
        ironic = self.read('stack1/ironic/ironic.conf')
        self.assertEqual(('keystone', '10.99.0.1'), (
            ironic['DEFAULT']['auth_strategy'], ironic['api']['host_ip']))
        self.assertIn('/ironic', ironic['database']['connection'])
        self.assertEqual('ironic', ironic['keystone_authtoken']['username'])
        self.assertTrue((self.cloud / 'ironic/http').is_dir())

    def test_other_clouds_have_no_ironic(self) -> None:
        self.write(Options(hosts=2))
        for text in self.read_texts('*'):
            self.assertNotIn('ironic', text)
