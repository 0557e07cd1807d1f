# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``, as an operator or a script calls it."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import ddt
from nova import conf as nova_conf

from nova_ext.cmd import deployment, status
from nova_ext.nova_compat import check as nova_check
from nova_ext.nova_compat.internals import Difference
from nova_ext.virt.libvirt.console import logrotate, requirements, virtlogd, visibility
from tests.fixtures import libvirt
from tests.unit import base
from tests.unit.cmd import test_paste

NOVA, DRIVER, API, POLICY = 'Nova', 'Compute driver', 'Filter of the API', 'Policy file'
LIBVIRT, VIRTLOGD = 'libvirt and QEMU', 'virtlogd'
DIRECTORY = 'Directory of the console logs'

SUCCESS, WARNING, FAILURE = 0, 1, 2


class Result(NamedTuple):
    """What the command prints and returns."""

    code: int
    #: By the name of the check, its code and its text.
    checks: dict[str, tuple[int, Any]]


class StatusTestCase(base.TestCase):
    """A compute host with libvirt's test driver, whose other files are in :attr:`directory`.

    :attr:`options` is its nova.conf, group by group.
    """

    def setUp(self) -> None:
        super().setUp()
        self.directory = self.make_directory()
        self.options: dict[str, dict[str, str]] = {
            'DEFAULT': {'compute_driver': 'nova_ext.LibvirtDriver'},
            'libvirt': {'connection_uri': 'test:///default'}, 'nova_ext': {}}
        for name, file in (('SOCKET', 'virtlogd-sock'), ('CONFIGURATION', 'virtlogd.conf'),
                           ('QEMU_CONFIGURATION', 'qemu.conf')):
            self.patch(virtlogd, name, str(self.directory / file))
        self.patch(virtlogd, '_LIBVIRT_SOCKETS', (str(self.directory / 'libvirt-sock'),))
        for daemon in ('libvirt', 'virtlogd'):
            self.patch(visibility, f'is_read_by_{daemon}', lambda path: True)
        self.patch(logrotate, '_CONFIGURATIONS', ())
        self.patch(requirements, '_QEMU', 1)  # libvirt's test driver says 2
        # Inspecting all of Nova takes seconds.
        self.patch(nova_check, 'differences', lambda: [])

    def check(self) -> Result:
        """Run the command."""
        file = self.directory / 'nova.conf'
        file.write_text(''.join(
            f'[{group}]\n' + ''.join(f'{name} = {value}\n' for name, value in values.items())
            for group, values in self.options.items()))
        self.addCleanup(self.forget_command)
        self.patch(sys, 'argv', [
            'nova-ext-status', '--config-file', str(file), 'upgrade', 'check', '--json'])
        output = self.capture_output()
        code = status.main()
        return Result(code, {
            check['check']: (check['result'], check['details'])
            for check in json.loads(output.getvalue())['checks']})

    def forget_command(self) -> None:
        nova_conf.CONF.reset()
        nova_conf.CONF.unregister_opt(nova_conf.CONF._opts['command']['opt'])

    def assert_worst(self, code: int, name: str) -> str:
        """Run the command, assert that it ends with the code of this check; return its text."""
        result = self.check()
        self.assertEqual(code, result.code, str(result))
        found, text = result.checks[name]
        self.assertEqual(code, found, text)
        return str(text)

    def assert_text(self, text: str, *, starts: str = '', ends: str = '') -> None:
        """Assert how a text starts and ends."""
        self.assertEqual(starts, text[:len(starts)])
        self.assertEqual(ends, text[len(text) - len(ends):])


class TestHealthyHost(StatusTestCase):
    def test_compute_host_passes(self) -> None:
        (self.directory / 'qemu.conf').write_text('# all as it comes\n')
        result = self.check()
        self.assertEqual(SUCCESS, result.code, str(result))
        self.assertEqual(7, len(result.checks))
        texts = {name: text for name, (_, text) in result.checks.items()}
        self.assert_text(texts[NOVA], starts='Nova 34.')
        self.assertEqual('Nova finds compute_driver = nova_ext.LibvirtDriver', texts[DRIVER])
        self.assert_text(texts[API], ends='this is no API host')
        self.assertEqual('There is no policy file: every rule is as it comes', texts[POLICY])
        self.assertIn('libvirt ', texts[LIBVIRT])
        self.assert_text(texts[VIRTLOGD], starts='virtlogd keeps 2097152 bytes and 3 older')

    def test_api_host_passes(self) -> None:
        self.options = {}
        (self.directory / 'api-paste.ini').write_text(test_paste.GOOD)
        (self.directory / 'policy.yaml').write_text(
            '"nova_ext:diagnostics:show": "role:reader"\n"os_compute_api:servers:show": "@"\n')
        result = self.check()
        self.assertEqual(SUCCESS, result.code, str(result))
        self.assert_text(result.checks[DRIVER][1], ends='this is no compute host')
        self.assertEqual(2, result.checks[API][1].count('nova-ext is in its place'))
        self.assertEqual(f'{self.directory}/policy.yaml can be read', result.checks[POLICY][1])
        for name in (LIBVIRT, VIRTLOGD, DIRECTORY):
            self.assertEqual(
                (SUCCESS, 'Nothing to look at on this host'), result.checks[name])


class TestNova(StatusTestCase):
    def test_untested_release_is_a_warning(self) -> None:
        self.patch(importlib.metadata, 'version', lambda _: '99.0.0')
        self.assertEqual(
            'Nova 99.0.0 is not among the releases that nova-ext was tried with (26 to 34). Look '
            'for another nova-ext', self.assert_worst(WARNING, NOVA))

    def test_internal_of_nova_that_is_gone_fails(self) -> None:
        self.patch(nova_check, 'differences',
                   lambda: [Difference('nova.x is gone.', is_gone=True), Difference('Other.')])
        self.assertIn('nova.x is gone. Look for another', self.assert_worst(FAILURE, NOVA))

    def test_internal_of_nova_that_was_changed_is_a_warning(self) -> None:
        self.patch(nova_check, 'differences', lambda: [Difference('nova.x takes more.')])
        self.assertIn('nova.x takes more. Look for another', self.assert_worst(WARNING, NOVA))


@ddt.ddt
class TestComputeDriver(StatusTestCase):
    @ddt.data(
        ('libvirt.LibvirtDriver', 'Set it to nova_ext.LibvirtDriver'),
        ('fake.FakeDriver', 'nova-ext has no driver in the place of fake.FakeDriver'))
    @ddt.unpack
    def test_driver_of_nova_is_a_warning(self, driver: str, text: str) -> None:
        self.options['DEFAULT']['compute_driver'] = driver
        self.assert_text(self.assert_worst(WARNING, DRIVER), ends=text)

    def test_unknown_driver_fails(self) -> None:
        self.options['DEFAULT']['compute_driver'] = 'nova_ext.ZVMDriver'
        self.assertEqual(
            'compute_driver = nova_ext.ZVMDriver: nova-ext has no compute driver ZVMDriver; it '
            "has ['LibvirtDriver']", self.assert_worst(FAILURE, DRIVER))

    def test_driver_that_nova_cannot_import_fails_and_names_both_folders(self) -> None:
        self.patch(deployment, '_SHIM', 'nova.virt.not_there')
        nova = Path(nova_conf.__file__).parents[2]
        self.assertIn(f'and Nova in {nova}. Install nova-ext where Nova is',
                      self.assert_worst(FAILURE, DRIVER))


class TestApiAndPolicy(StatusTestCase):
    def test_api_without_filter_fails(self) -> None:
        (self.directory / 'api-paste.ini').write_text('[composite:x]\n')
        self.assertIn('has no filter of nova-ext', self.assert_worst(FAILURE, API))

    def test_unknown_rule_is_a_warning_that_lists_the_known_ones(self) -> None:
        (self.directory / 'policy.yaml').write_text('"nova_ext:diagnostic:show": "@"\n')
        text = self.assert_worst(WARNING, POLICY)
        self.assertIn('does not know: nova_ext:diagnostic:show. It knows ', text)
        self.assertIn('nova_ext:diagnostics:show', text)

    def test_invalid_policy_file_fails(self) -> None:
        (self.directory / 'policy.yaml').write_text('- no: [mapping\n')
        self.assert_worst(FAILURE, POLICY)


class TestConsoles(StatusTestCase):
    def test_old_qemu_fails(self) -> None:
        self.patch(requirements, '_QEMU', 2_007_000)
        self.assert_text(
            self.assert_worst(FAILURE, LIBVIRT),
            starts='QEMU 0.0.2 cannot have consoles logged by virtlogd; it takes 2.7.0; ')

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
        self.assertIn('cannot be told from here', self.assert_worst(WARNING, VIRTLOGD))

    def test_directories_in_the_place_of_configurations_are_a_warning(self) -> None:
        (self.directory / 'qemu.conf').mkdir()
        (self.directory / 'virtlogd.conf').mkdir()
        self.assertIn('cannot be told from here', self.assert_worst(WARNING, VIRTLOGD))

    def test_configuration_that_may_not_be_read_is_a_warning_to_run_as_root(self) -> None:
        def refuse(path: str) -> str:
            raise PermissionError(13, 'Permission denied', path)

        self.patch(virtlogd, 'read', refuse)
        self.assert_text(self.assert_worst(WARNING, VIRTLOGD), ends='Run this as root')

    def test_missing_log_directory_fails(self) -> None:
        self.options['nova_ext']['console_log_directory'] = str(self.directory / 'gone')
        self.assertIn('gone is not there', self.assert_worst(FAILURE, DIRECTORY))
