# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-setup``, as an operator or a script calls it."""

from __future__ import annotations

import os
import subprocess
import sys

import ddt

from nova_ext.cmd import setup
from sandbox import settings
from tests.fixtures import nova_host, users
from tests.unit import base
from tests.unit.cmd.setup_case import COMPUTE_CONF, OURS, PASTE, SetupTestCase


@ddt.ddt
class TestDebian(SetupTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.make_debian()

    def test_compute_is_enabled_where_it_is_read_last(self) -> None:
        printed = self.assert_done('enable', 'compute')
        self.assertEqual(nova_host.DRIVER.replace('libvirt.L', 'nova_ext.L'),
                         self.host.read(COMPUTE_CONF))
        self.assertEqual(
            f'--- {COMPUTE_CONF}\n+++ {COMPUTE_CONF}\n@@ -3 +3 @@\n'
            f'-compute_driver=libvirt.LibvirtDriver\n+compute_driver={OURS}\n'
            f'{COMPUTE_CONF} is changed.\nTo apply the change: systemctl restart nova-compute\n',
            printed)

    def test_api_is_enabled_in_the_paste_file(self) -> None:
        printed = self.assert_done('enable', 'api')
        self.assertEqual(2, self.host.read(PASTE).count(' nova_ext osapi_compute_app_v21\n'))
        self.assertTrue(printed.endswith(
            f'{PASTE} is changed.\nTo apply the change: systemctl restart nova-api\n'), printed)

    @ddt.data('api', 'compute')
    def test_it_is_taken_back_exactly(self, part: str) -> None:
        before = self.snapshot()
        self.assert_done('enable', part)
        self.assertNotEqual(before, self.snapshot())
        self.assert_done('disable', part)
        self.assertEqual(before, self.snapshot())

    @ddt.data('api', 'compute')
    def test_second_time_changes_nothing(self, part: str) -> None:
        for action, state in (('enable', 'enabled'), ('disable', 'not enabled')):
            self.assert_done(action, part)
            before = self.snapshot()
            self.assertEqual(f'Nothing to change: nova-ext is {state} for nova-{part}.\n',
                             self.assert_done(action, part))
            self.assertEqual(before, self.snapshot())

    @ddt.data('api', 'compute')
    def test_dry_run_prints_the_change_and_does_not_make_it(self, part: str) -> None:
        before = self.snapshot()
        printed = self.assert_done('enable', part, '--dry-run')
        self.assertEqual(before, self.snapshot())
        self.assertIn('\n+', printed)
        self.assertIn('Nothing was changed.\n', printed)

    def test_nova_conf_is_changed_where_that_decides(self) -> None:
        self.host.write('/etc/nova/nova.conf', nova_host.DRIVER)
        self.host.write(COMPUTE_CONF, '[libvirt]\nvirt_type = qemu\n')
        self.assertIn('/etc/nova/nova.conf is changed.', self.assert_done('enable', 'compute'))

    def test_directory_of_configuration_is_changed_where_that_decides(self) -> None:
        self.host.path(COMPUTE_CONF).unlink()
        self.host.write('/etc/nova/nova.conf.d/driver.conf', nova_host.DRIVER)
        self.assertIn('/etc/nova/nova.conf.d/driver.conf is changed.',
                      self.assert_done('enable', 'compute'))

    def test_file_that_is_named_is_changed(self) -> None:
        self.host.write('/own.conf', nova_host.DRIVER)
        self.host.write('/own.ini', nova_host.PASTE.read_text())
        before = self.host.read(COMPUTE_CONF), self.host.read(PASTE)
        self.assert_done('enable', 'compute', '--config-file', '/own.conf')
        self.assert_done('enable', 'api', '--config-file', '/own.ini')
        self.assertEqual(before, (self.host.read(COMPUTE_CONF), self.host.read(PASTE)))
        self.assertIn(OURS, self.host.read('/own.conf'))
        self.assertIn(' nova_ext ', self.host.read('/own.ini'))

    def test_paste_file_beside_a_named_file_is_changed(self) -> None:
        self.host.write('/own/nova.conf', '[DEFAULT]\n')
        self.host.add_paste('/own/api-paste.ini')
        self.assertIn('/own/api-paste.ini is changed.', self.assert_done(
            'enable', 'api', '--config-file', '/own/nova.conf'))

    def test_option_is_added_to_a_named_file_that_lacks_it_and_taken_away_again(self) -> None:
        self.host.write('/own.conf', '[libvirt]\nvirt_type = kvm\n')
        before = self.snapshot()
        self.assert_done('enable', 'compute', '--config-file', '/own.conf')
        self.assertIn(f'\n[DEFAULT]\n# Added by nova-ext-setup; "nova-ext-setup disable compute" '
                      f'takes it away.\ncompute_driver = {OURS}\n', self.host.read('/own.conf'))
        self.assert_done('disable', 'compute', '--config-file', '/own.conf')
        self.assertEqual(before, self.snapshot())

    def test_host_without_a_driver_needs_no_disabling(self) -> None:
        self.host.write(COMPUTE_CONF, '')
        self.assertIn('Nothing to change', self.assert_done('disable', 'compute'))

    def test_file_that_is_named_is_changed_whatever_else_may_not_be_read(self) -> None:
        self.host.write('/own/own.conf', nova_host.DRIVER)
        for name in ('/own', '/own/own.conf'):
            self.host.path(name).chmod(0o777)
        self.host.path('/lib/systemd/system').chmod(0o700)
        self.addCleanup(self.host.path('/lib/systemd/system').chmod, 0o755)
        if os.geteuid() == 0:
            os.chown(self.host.path('/own/own.conf'), 65534, 65534)
        self.useFixture(users.OrdinaryUser())
        self.assert_done('enable', 'compute', '--config-file', '/own/own.conf')

    def test_mode_and_owner_stay(self) -> None:
        path = self.host.path(COMPUTE_CONF)
        path.chmod(0o640)
        if os.geteuid() == 0:
            os.chown(path, 64060, 64060)
        before = path.stat()
        self.assert_done('enable', 'compute')
        after = path.stat()
        self.assertEqual((before.st_mode, before.st_uid, before.st_gid),
                         (after.st_mode, after.st_uid, after.st_gid))

    def test_show_tells_what_is_read_and_what_is_enabled(self) -> None:
        self.assert_done('enable', 'api')
        self.assertEqual(
            'nova-api (/lib/systemd/system/nova-api.service)\n'
            f'  reads {PASTE}\n  reads /etc/nova/nova.conf\n  paste file {PASTE}\n'
            '  nova-ext is enabled\n'
            'nova-compute (/lib/systemd/system/nova-compute.service)\n'
            f'  reads /etc/nova/nova.conf\n  reads {COMPUTE_CONF}\n'
            f'  compute_driver = libvirt.LibvirtDriver, from {COMPUTE_CONF}\n'
            '  nova-ext is not enabled\n', self.assert_done('show'))


@ddt.ddt
class TestCommandLine(base.TestCase):
    @ddt.data((), ('enable',), ('enable', 'conductor'), ('show', '--dry-run'))
    def test_wrong_call_ends_with_2(self, words: tuple[str, ...]) -> None:
        self.capture_output('stderr')
        with self.assert_raises(SystemExit) as caught:
            setup.main(words)
        self.assertEqual(2, caught.exception.code)

    def test_command_needs_nothing_of_nova(self) -> None:
        done = subprocess.run(
            [sys.executable, '-c', 'import sys; from nova_ext.cmd import setup; '
             'print([name for name in sys.modules if name.split(".")[0] == "nova"])'],
            capture_output=True, text=True, cwd=settings.CHECKOUT, timeout=60, check=True)
        self.assertEqual('[]\n', done.stdout)
