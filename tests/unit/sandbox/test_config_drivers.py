# SPDX-License-Identifier: Apache-2.0
"""Hosts whose nova-compute drives something else than libvirt."""

from __future__ import annotations

import dataclasses

from sandbox.settings import Options
from tests.unit.sandbox.config_base import ConfigTestCase


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
