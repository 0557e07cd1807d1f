# SPDX-License-Identifier: Apache-2.0
"""Who runs what in the hosts."""

from __future__ import annotations

import os

import ddt

from sandbox import accounts, hosts, settings
from sandbox.errors import SandboxError
from tests.unit import base

PASSWD = 'root:x:0:0:root:/root:/bin/bash\nlibvirt-qemu:x:64055:109:,,,:/var/lib/libvirt:/bin/sh\n'
GROUP = 'root:x:0:\nlibvirt:x:113:prometheus\n'


@ddt.ddt
class TestWithNova(base.TestCase):
    def test_nova_gets_the_number_of_debian_and_may_use_libvirt(self) -> None:
        found = accounts.with_nova(PASSWD, GROUP)
        self.assertEqual((64060, 64060), (found.uid, found.gid))
        self.assertEqual(
            f'{PASSWD}nova:*:64060:64060::{settings.LOCAL}/state/nova:/bin/sh\n', found.passwd)
        self.assertEqual(
            'root:x:0:\nlibvirt:x:113:prometheus,nova\nnova:*:64060:\n', found.group)

    def test_numbers_of_others_are_not_given_again(self) -> None:
        found = accounts.with_nova(
            f'{PASSWD}other:x:64060:1::/:/bin/sh\n', f'{GROUP}one:x:64060:\nother:x:64061:\n')
        self.assertEqual((64061, 64062), (found.uid, found.gid))
        self.assertIn('other:x:64060:1::/:/bin/sh\n', found.passwd)

    def test_nova_of_the_machine_keeps_its_numbers_and_is_there_once(self) -> None:
        found = accounts.with_nova(
            f'{PASSWD}nova:x:990:991::/var/lib/nova:/usr/sbin/nologin\n',
            'libvirt:x:113:nova\nnova:x:991:\n')
        self.assertEqual((990, 991), (found.uid, found.gid))
        self.assertEqual(1, found.passwd.count('\nnova:'))
        self.assertTrue(found.passwd.endswith('/state/nova:/bin/sh\n'), found.passwd)
        self.assertEqual('libvirt:x:113:nova\nnova:*:991:\n', found.group)

    @ddt.data(('', 'nova:x:991:\n'), ('nova:x:990:1::/:/bin/sh\n', ''))
    @ddt.unpack
    def test_machine_may_have_only_one_of_user_and_group(self, passwd: str, group: str) -> None:
        found = accounts.with_nova(PASSWD + passwd, GROUP + group)
        self.assertEqual((990 if passwd else 64060, 991 if group else 64060),
                         (found.uid, found.gid))
        self.assertIn(f'nova:*:{found.uid}:{found.gid}:', found.passwd)


class TestFiles(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(settings, 'CLOUD', self.make_directory())
        self.host = hosts.Host(1)
        self.host.etc.mkdir(parents=True)

    def test_nova_may_run_the_helper_as_root_and_nothing_else(self) -> None:
        accounts.write(self.host, accounts.with_nova(PASSWD, GROUP), '/a,b:c=d/bin/helper')
        self.assertEqual(
            'nova ALL = (root) NOPASSWD: /a\\,b\\:c\\=d/bin/helper *\n',
            (self.host.etc / 'sudoers.d/nova').read_text())
        self.assertIn('nova:*:', (self.host.etc / 'passwd').read_text())
        self.assertIn('nova:*:', (self.host.etc / 'group').read_text())

    def test_what_nova_reads_and_writes_is_its_own(self) -> None:
        found = accounts.with_nova(PASSWD, GROUP)
        accounts.write(self.host, found, '/helper')
        for name in ('instances', 'state/nova', 'state/nova-locks'):
            (self.host.directory / name).mkdir(parents=True)
        for name in ('ssh/id_ed25519', 'nova/nova-cpu.conf', 'libvirt/qemu.conf'):
            (self.host.etc / name).parent.mkdir()
            (self.host.etc / name).touch()
        owners = {}
        self.patch(os, 'chown', lambda path, uid, gid: owners.update({path: (uid, gid)}))
        accounts.hand_over(self.host, found)
        self.assertEqual({
            self.host.directory / 'instances': (64060, 64060),
            self.host.directory / 'state/nova': (64060, 64060),
            self.host.directory / 'state/nova-locks': (64060, 64060),
            self.host.etc / 'ssh/id_ed25519': (64060, 64060),
            self.host.etc / 'nova/nova-cpu.conf': (0, 64060)}, owners)
        modes = {name: (self.host.etc / name).stat().st_mode & 0o777 for name in (
            'nova/nova-cpu.conf', 'libvirt/qemu.conf', 'sudoers.d/nova')}
        self.assertEqual({'nova/nova-cpu.conf': 0o640, 'libvirt/qemu.conf': 0o600,
                          'sudoers.d/nova': 0o440}, modes)


@ddt.ddt
class TestReach(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.checkout = self.make_directory()
        self.state = self.checkout / 'state'
        self.state.mkdir()
        self.patch(settings, 'CHECKOUT', self.checkout)
        self.patch(settings, 'STATE', self.state)
        for folder in (self.checkout, self.state):
            folder.chmod(0o755)

    def test_checkout_that_others_may_read_is_taken(self) -> None:
        accounts.check_reach(self.state)

    @ddt.data('.', 'state', 'state/venv')
    def test_folder_that_only_root_may_read_is_named_with_the_cure(self, name: str) -> None:
        folder = self.checkout / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)
        error = self.assertRaises(SandboxError, accounts.check_reach, folder)
        self.assertIn(f'chmod -R o+rX {folder})', str(error))


class TestAsUser(base.TestCase):
    def test_root_is_nobody_else(self) -> None:
        self.assertEqual(['id', '-u'], accounts.as_user(None, ['id', '-u']))
        self.assertEqual({}, accounts.environment(None))

    def test_user_has_its_groups_and_its_home(self) -> None:
        self.assertEqual(
            ['setpriv', '--reuid=nova', '--regid=nova', '--init-groups', '--', 'id', '-u'],
            accounts.as_user('nova', ['id', '-u']))
        self.assertEqual(str(accounts.HOME), accounts.environment('nova')['HOME'])
