# SPDX-License-Identifier: Apache-2.0
"""What ``nova-ext-setup`` does not do, and says why in one sentence."""

from __future__ import annotations

import errno
import os
import sys

import ddt
import fixtures

from nova_ext.cmd import enabling
from tests.fixtures import users
from tests.unit.cmd.setup_case import COMPUTE_CONF, PASTE, SetupTestCase


@ddt.ddt
class TestRefusals(SetupTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host.make_debian()

    @ddt.data('api', 'compute')
    def test_service_that_does_not_run_here_is_refused(self, part: str) -> None:
        self.host.path(f'/lib/systemd/system/nova-{part}.service').unlink()
        self.host.path(f'/etc/init.d/nova-{part}').unlink()
        self.assertEqual(
            f'nova-{part} does not run on this host, as far as its processes and units tell: name '
            'the file to change with --config-file.', self.assert_refused('enable', part))

    @ddt.data(
        ('fake.FakeDriver', 'nova-ext has no driver in the place of compute_driver = '
                            f'fake.FakeDriver, which {COMPUTE_CONF} has.'),
        (None, f'None of /etc/nova/nova.conf, {COMPUTE_CONF} has a compute_driver: is this a '
               'compute host? Use --config-file to set it anyway.'))
    @ddt.unpack
    def test_other_driver_is_refused(self, value: str | None, why: str) -> None:
        self.host.write(COMPUTE_CONF, f'[DEFAULT]\ncompute_driver = {value}\n' if value else '')
        self.assertEqual(why, self.assert_refused('enable', 'compute'))

    def test_variable_of_the_environment_is_refused(self) -> None:
        self.host.add_process(7, ['/usr/bin/nova-compute'],
                              environ={'OS_DEFAULT__COMPUTE_DRIVER': 'libvirt.LibvirtDriver'})
        self.assertEqual('OS_DEFAULT__COMPUTE_DRIVER in the environment of nova-compute overrides '
                         'every file: change it there.', self.assert_refused('enable', 'compute'))

    @ddt.data(
        ('compute', COMPUTE_CONF, 'x\n', f'{COMPUTE_CONF} cannot be read: line 1, '),
        ('api', PASTE, 'x\n', f'{PASTE} cannot be read: File contains no section headers'),
        ('api', PASTE, '[a]\n[a]\n', f'{PASTE} cannot be read: '),
        ('api', PASTE, '[a]\n', f"{PASTE} has none of Nova's composites"))
    @ddt.unpack
    def test_file_that_cannot_be_read_is_refused(
            self, part: str, name: str, text: str, why: str) -> None:
        self.host.write(name, text)
        self.assertTrue(self.assert_refused('enable', part).startswith(why))

    def test_missing_paste_file_is_refused(self) -> None:
        self.host.path(PASTE).unlink()
        self.assertIn('api-paste.ini', self.assert_refused('enable', 'api'))

    def test_missing_file_that_is_named_is_refused(self) -> None:
        self.assertEqual('/gone.conf, which nova-compute is to read, is not there.',
                         self.assert_refused('enable', 'compute', '--config-file', '/gone.conf'))

    @ddt.data((errno.EBUSY, 'Where it is mounted, change what it is mounted from.'),
              (errno.ENOSPC, ''))
    @ddt.unpack
    def test_write_that_fails_is_told_in_a_sentence(self, number: int, hint: str) -> None:
        self.useFixture(fixtures.MockPatch(
            'os.replace', side_effect=OSError(number, os.strerror(number), 'a')))
        before = self.snapshot()
        done = self.run_setup('enable', 'compute')
        self.assertEqual((1, before), (done.status, self.snapshot()))
        self.assertEqual(f'{COMPUTE_CONF}: {os.strerror(number)}. {hint}'.rstrip(),
                         done.complaint.partition(': ')[2].rstrip())

    def test_user_who_may_not_read_is_told_to_be_root(self) -> None:
        for name in ('/etc/nova/nova.conf', COMPUTE_CONF):
            self.host.path(name).chmod(0o600)
        self.useFixture(users.OrdinaryUser())
        done = self.run_setup('enable', 'compute')
        self.assertEqual((1, 'nova-ext-setup: /etc/nova/nova.conf: Permission denied. Run this as '
                             'root.\n'), (done.status, done.complaint))

    def test_user_who_may_not_write_is_told_to_be_root(self) -> None:
        self.useFixture(users.OrdinaryUser())
        done = self.run_setup('enable', 'compute')
        self.assertEqual((1, f'nova-ext-setup: {COMPUTE_CONF}: Permission denied. Run this as '
                             'root.\n'), (done.status, done.complaint))


class TestEnvironment(SetupTestCase):
    """Whether the service runs with the Python that the command is run with."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(enabling, '_is_checked', lambda tree: True)

    def test_command_of_another_environment_is_refused(self) -> None:
        self.host.make_venv('/opt/nova')
        self.assertEqual(
            f'nova-compute runs in /opt/nova, and this is the command of {sys.prefix}: run '
            '/opt/nova/bin/nova-ext-setup.', self.assert_refused('enable', 'compute'))

    def test_command_of_the_same_environment_does_it(self) -> None:
        self.host.make_venv(sys.prefix)
        self.assert_done('enable', 'compute')
        self.assert_done('enable', 'api')

    def test_driver_that_nova_would_not_find_is_refused(self) -> None:
        self.host.make_venv(sys.prefix)
        self.patch(enabling, '_SHIM', 'virt/not_there/__init__.py')
        self.assertIn("would not find nova-ext's driver", self.assert_refused('enable', 'compute'))
