# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-setup`` where Nova does not come from Debian's packages."""

from __future__ import annotations

import ddt

from tests.fixtures import nova_host
from tests.unit.cmd.setup_case import OURS, PASTE, SetupTestCase


@ddt.ddt
class TestElsewhere(SetupTestCase):
    def test_virtual_environment(self) -> None:
        self.host.make_venv('/opt/nova')
        before = self.snapshot()
        for part in ('api', 'compute'):
            self.assert_done('enable', part)
        self.assertIn(OURS, self.host.read('/etc/nova/nova.conf'))
        self.assertIn(' nova_ext ', self.host.read(PASTE))
        for part in ('compute', 'api'):
            self.assert_done('disable', part)
        self.assertEqual(before, self.snapshot())

    def test_file_of_rdos_package_is_overridden_and_not_changed(self) -> None:
        self.host.make_rdo()
        before = self.snapshot()
        printed = self.assert_done('enable', 'compute')
        self.assertIn('/etc/nova/nova.conf is changed.\n'
                      'To apply the change: systemctl restart openstack-nova-compute\n', printed)
        self.assertIn('libvirt.L', self.host.read('/usr/share/nova/nova-dist.conf'))
        self.assert_done('disable', 'compute')
        self.assertEqual(before, self.snapshot())

    def test_file_of_a_package_alone_is_refused(self) -> None:
        self.host.make_rdo()
        self.host.path('/etc/nova/nova.conf').unlink()
        self.assertIn('/usr/share/nova/nova-dist.conf belongs to a package',
                      self.assert_refused('enable', 'compute'))

    def test_host_of_kolla_is_changed_and_told_what_lasts(self) -> None:
        self.host.write('/etc/kolla/nova-compute/nova.conf', nova_host.DRIVER)
        self.host.path('/etc/kolla/nova-api').mkdir()
        self.assertTrue(self.assert_done('enable', 'compute').endswith(
            'what has to last goes into /etc/kolla/config/nova/nova-compute.conf on the '
            'deployment host.\nTo apply the change: docker restart nova_compute\n'))
        self.assertEqual("The paste file of Kolla's nova-api is in its image, where it has to be "
                         'changed.', self.assert_refused('enable', 'api'))

    def test_container_of_kolla_is_refused_unless_the_file_is_named(self) -> None:
        self.host.write('/etc/nova/nova.conf', nova_host.DRIVER)
        self.host.write('/var/lib/kolla/config_files/config.json', '')
        self.assertIn('copies its configuration', self.assert_refused('enable', 'compute'))
        self.assert_done('enable', 'compute', '--config-file', '/etc/nova/nova.conf')

    def test_image_without_processes_and_units(self) -> None:
        self.host.add_paste()
        self.assertIn(f'{PASTE} is changed.', self.assert_done('enable', 'api'))

    def test_host_with_nothing_of_nova(self) -> None:
        self.assertIn('No configuration file of nova-compute is in /var/lib/nova/.nova, ',
                      self.assert_refused('enable', 'compute'))
        self.assertIn('There is no api-paste.ini in ', self.assert_refused('enable', 'api'))

    @ddt.data('', 'nova-api')
    def test_service_in_a_container_is_refused_from_outside(self, beside: str) -> None:
        if beside:
            self.host.make_debian(beside)
        self.host.add_contained(7, ['/usr/bin/nova-compute'])
        self.assertEqual(
            'nova-compute (process 7) runs in a container: run this inside of it, or name the '
            'file to change with --config-file.', self.assert_refused('enable', 'compute'))
