# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``, as an operator or a script calls it."""

from __future__ import annotations

import importlib.metadata
import os
import sys

from nova_ext.cmd import status
from nova_ext.cmd.edits import pipelines
from nova_ext.nova_compat import check as nova_check
from nova_ext.nova_compat.internals import Difference
from nova_ext.virt.libvirt.console import requirements, virtlogd, visibility
from tests.fixtures import libvirt, nova_host
from tests.unit.cmd.status_base import (
    API,
    DIRECTORY,
    DRIVER,
    FAILURE,
    LIBVIRT,
    NOVA,
    POLICY,
    RUNNING,
    SERVICES,
    SUCCESS,
    VIRTLOGD,
    WARNING,
    StatusTestCase,
)


class TestHelp(StatusTestCase):
    def test_help_is_printed(self) -> None:
        self.patch(sys, 'argv', ['nova-ext-status', '--help'])
        output = self.capture_output()
        with self.assert_raises(SystemExit):
            status.main(str(self.host.root))
        self.assertIn('usage: ', output.getvalue())


class TestHealthyHost(StatusTestCase):
    def test_compute_host_passes(self) -> None:
        (self.directory / 'qemu.conf').write_text('# all as it comes\n')
        self.host.add_paste()
        result = self.check()
        self.assertEqual(SUCCESS, result.code, str(result))
        self.assertEqual(10, len(result.checks))
        texts = {name: text for name, (_, text) in result.checks.items()}
        self.assert_text(texts[NOVA], starts='Nova 34.')
        self.assert_text(texts[SERVICES], ends='reads /etc/nova/nova.conf')
        self.assertEqual('Nova finds compute_driver = nova_ext.LibvirtDriver, which is in '
                         '/etc/nova/nova.conf', texts[DRIVER])
        self.assertEqual('nova-api does not run on this host', texts[API])
        self.assertIn('libvirt ', texts[LIBVIRT])
        self.assert_text(texts[VIRTLOGD], starts='virtlogd keeps 2097152 bytes and 3 older')

    def test_api_host_passes(self) -> None:
        self.host.make_debian('nova-api')
        self.host.write('/etc/nova/api-paste.ini', pipelines.enable(nova_host.PASTE.read_text()))
        self.host.write('/etc/nova/policy.yaml', '"nova_ext:diagnostics:show": "role:reader"\n'
                                                 '"os_compute_api:servers:show": "@"\n')
        result = self.run_command()
        self.assertEqual(SUCCESS, result.code, str(result))
        self.assertEqual('nova-compute does not run on this host', result.checks[DRIVER][1])
        self.assertEqual(2, result.checks[API][1].count('nova-ext is in its place'))
        self.assert_text(result.checks[POLICY][1], starts='/etc/nova/policy.yaml, ')
        for name in (RUNNING, LIBVIRT, VIRTLOGD, DIRECTORY):
            self.assertEqual((SUCCESS, 'Nothing to look at on this host'), result.checks[name])

    def test_file_that_is_named_is_read_and_no_other(self) -> None:
        self.host.write('/etc/nova/nova.conf', 'not to be read\n')
        self.host.write('/own.conf', '[DEFAULT]\ncompute_driver = nova_ext.LibvirtDriver\n'
                                     '[libvirt]\nconnection_uri = test:///default\n')
        (self.directory / 'qemu.conf').write_text('# all as it comes\n')
        result = self.run_command('--config-file', '/own.conf')
        self.assertEqual(SUCCESS, result.code, str(result))
        self.assertIn('which is in /own.conf', result.checks[DRIVER][1])
        self.assertIn('libvirt ', result.checks[LIBVIRT][1])


class TestNova(StatusTestCase):
    def test_untested_release_is_a_warning(self) -> None:
        self.patch(importlib.metadata, 'version', lambda _: '99.0.0')
        self.assertEqual(
            'Nova 99.0.0 is not among the releases that nova-ext was tried with (26 to 34). Use '
            'a nova-ext that supports this Nova', self.assert_worst(WARNING, NOVA))

    def test_internal_of_nova_that_is_gone_fails(self) -> None:
        self.patch(nova_check, 'differences',
                   lambda: [Difference('nova.x is gone.', is_gone=True), Difference('Other.')])
        self.assertIn('nova.x is gone. Use a nova-ext', self.assert_worst(FAILURE, NOVA))

    def test_internal_of_nova_that_was_changed_is_a_warning(self) -> None:
        self.patch(nova_check, 'differences', lambda: [Difference('nova.x takes more.')])
        self.assertIn('nova.x takes more. Use a nova-ext', self.assert_worst(WARNING, NOVA))


class TestConsoles(StatusTestCase):
    def test_old_qemu_fails(self) -> None:
        self.patch(requirements, '_QEMU', 2_007_000)
        self.assert_text(
            self.assert_worst(FAILURE, LIBVIRT),
            starts='QEMU 0.0.2 cannot log consoles through virtlogd; 2.7.0 or newer is required; ')

    def test_libvirt_that_does_not_answer_fails_with_a_remedy(self) -> None:
        self.useFixture(libvirt.LibvirtConnection())  # whose errors are not printed
        self.options['libvirt']['connection_uri'] = f'test://{self.directory}/nothing.xml'
        self.assertIn('Run this on a compute host', self.assert_worst(FAILURE, LIBVIRT))

    def test_missing_virtlogd_fails_with_a_remedy(self) -> None:
        (self.directory / 'qemu.conf').write_text('# all as it comes\n')
        (self.directory / 'libvirt-sock').touch()
        self.assert_text(self.assert_worst(FAILURE, VIRTLOGD), ends='Start virtlogd.socket')

    def test_unlimited_logs_are_a_warning(self) -> None:
        (self.directory / 'qemu.conf').write_text('stdio_handler = "file"\n')
        self.assert_text(
            self.assert_worst(WARNING, VIRTLOGD), starts='stdio_handler = "file" in ')

    def test_configuration_that_libvirt_does_not_read_is_a_warning(self) -> None:
        (self.directory / 'qemu.conf').write_text('# of the image of the container\n')
        self.patch(visibility, 'is_read_by_libvirt', lambda path: False)
        self.assertIn('cannot be determined from here', self.assert_worst(WARNING, VIRTLOGD))

    def test_directories_in_the_place_of_configurations_are_a_warning(self) -> None:
        (self.directory / 'qemu.conf').mkdir()
        (self.directory / 'virtlogd.conf').mkdir()
        self.assertIn('cannot be determined from here', self.assert_worst(WARNING, VIRTLOGD))

    def test_configuration_that_may_not_be_read_is_a_warning_to_run_as_root(self) -> None:
        def refuse(path: str) -> str:
            raise PermissionError(13, 'Permission denied', path)

        self.patch(virtlogd, 'read', refuse)
        self.patch(os, 'geteuid', lambda: 1000)
        self.assert_text(self.assert_worst(WARNING, VIRTLOGD), ends='Run this as root')

    def test_missing_log_directory_fails(self) -> None:
        self.options['nova_ext']['console_log_directory'] = str(self.directory / 'gone')
        self.assertIn('gone is not there', self.assert_worst(FAILURE, DIRECTORY))
