# SPDX-License-Identifier: Apache-2.0
"""The services' configuration files."""

from __future__ import annotations

import dataclasses

import ddt

from sandbox import hosts
from sandbox.settings import Options
from tests.unit.sandbox.config_base import ConfigTestCase


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
