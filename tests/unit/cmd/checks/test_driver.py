# SPDX-License-Identifier: Apache-2.0
"""The check of the configured compute driver."""

from __future__ import annotations

import logging
import sys

import ddt
import fixtures

from nova_ext.cmd.checks import driver
from tests.fixtures import nova_host
from tests.unit import base

FILE = '/etc/nova/nova-compute.conf'


@ddt.ddt
class TestDriver(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian()

    def only(self, *explicit: tuple[str, str]) -> tuple[int, str]:
        """Return the level and text of the only finding."""
        [finding] = driver.check(self.host.find(*explicit), bool(explicit))
        return finding.level, finding.text

    def test_driver_of_nova_ext_that_nova_finds_is_fine(self) -> None:
        self.host.write(FILE, '[DEFAULT]\ncompute_driver = nova_ext.LibvirtDriver\n')
        self.assertEqual((logging.INFO, 'Nova finds compute_driver = nova_ext.LibvirtDriver, '
                                        f'which is in {FILE}'), self.only())

    def test_driver_of_nova_is_a_warning_that_names_the_command(self) -> None:
        level, text = self.only()
        self.assertEqual(logging.WARNING, level)
        self.assertTrue(text.endswith(
            'Set it to nova_ext.LibvirtDriver: nova-ext-setup enable compute.'), text)

    @ddt.data(('vmwareapi.VMwareVCDriver', 'nova_ext.VMwareDriver'),
              ('ironic.IronicDriver', 'nova_ext.IronicDriver'))
    @ddt.unpack
    def test_driver_of_nova_for_others_is_a_warning_about_diagnostics(
            self, novas: str, ours: str) -> None:
        self.host.write(FILE, f'[DEFAULT]\ncompute_driver = {novas}\n')
        self.assertEqual(
            (logging.WARNING, f'compute_driver = {novas} in {FILE} is Nova\'s own: diagnostics '
                              f'are Nova\'s. Set it to {ours}: nova-ext-setup enable compute.'),
            self.only())

    def test_driver_for_ironic_that_nova_finds_is_fine(self) -> None:
        self.host.write(FILE, '[DEFAULT]\ncompute_driver = nova_ext.IronicDriver\n')
        self.assertEqual((logging.INFO, 'Nova finds compute_driver = nova_ext.IronicDriver, '
                                        f'which is in {FILE}'), self.only())

    def test_driver_without_the_library_that_it_needs_is_an_error(self) -> None:
        self.host.write(FILE, '[DEFAULT]\ncompute_driver = nova_ext.VMwareDriver\n')
        self.useFixture(fixtures.MonkeyPatch('sys.modules', {**sys.modules, 'oslo_vmware': None}))
        level, text = self.only()
        self.assertEqual(logging.ERROR, level)
        self.assertIn(f'compute_driver = nova_ext.VMwareDriver in {FILE} does not load: ', text)

    def test_driver_that_nova_ext_has_no_other_for_is_a_warning(self) -> None:
        self.host.write(FILE, '[DEFAULT]\ncompute_driver = fake.FakeDriver\n')
        self.assertEqual(
            (logging.WARNING, 'nova-ext has no driver in the place of compute_driver = '
                              f'fake.FakeDriver in {FILE}.'), self.only())

    @ddt.data(
        ('nova_ext.LibvirtDrvier', 'nova-ext has no compute driver LibvirtDrvier; it has '
                                   "['IronicDriver', 'LibvirtDriver', 'VMwareDriver']."),
        ('nova_ext.virt.libvirt.driver.LibvirtDriver', 'nova-ext has no compute driver virt.'),
        ('novaext.LibvirtDriver', 'nova-compute does not start ('),
        ('libvirt.LibvirtDrvier', 'nova-compute does not start ('),
        ('LibvirtDriver', 'nova-compute does not start ('))
    @ddt.unpack
    def test_driver_that_there_is_not_is_an_error(self, value: str, why: str) -> None:
        self.host.write(FILE, f'[DEFAULT]\ncompute_driver = {value}\n')
        level, text = self.only()
        self.assertEqual((logging.ERROR, True), (level, why in text), text)

    def test_driver_that_nova_cannot_import_is_an_error_that_names_both_folders(self) -> None:
        self.host.write(FILE, '[DEFAULT]\ncompute_driver = nova_ext.LibvirtDriver\n')
        self.patch(driver, '_SHIM', 'nova.virt.not_there')
        level, text = self.only()
        self.assertEqual(logging.ERROR, level)
        self.assertIn('Install nova-ext where Nova is', text)

    def test_variable_of_the_environment_counts(self) -> None:
        self.host.add_process(7, ['/usr/bin/nova-compute'], environ={
            'OS_DEFAULT__COMPUTE_DRIVER': 'nova_ext.LibvirtDriver'})
        self.assertIn('which is in OS_DEFAULT__COMPUTE_DRIVER', self.only()[1])

    def test_compute_host_without_a_driver_is_an_error(self) -> None:
        self.host.write(FILE, '')
        self.assertEqual(
            (logging.ERROR, f'None of /etc/nova/nova.conf, {FILE} has a [DEFAULT] compute_driver: '
                            'nova-compute does not start.'), self.only())

    def test_api_host_is_no_compute_host(self) -> None:
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian('nova-api')
        self.host.write('/etc/nova/nova.conf', nova_host.DRIVER)
        self.assertEqual((logging.INFO, 'nova-compute does not run on this host'), self.only())

    def test_host_with_nova_compute_in_a_container_is_a_compute_host(self) -> None:
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian('nova-api')
        self.host.add_contained(7, ['/usr/bin/nova-compute'])
        self.assertEqual([], list(driver.check(self.host.find(), explicit=False)))

    def test_named_files_without_a_driver_are_of_no_compute_host(self) -> None:
        self.assertEqual(
            (logging.INFO, 'No [DEFAULT] compute_driver: this is no compute host'),
            self.only(('file', '/etc/nova/nova.conf')))
