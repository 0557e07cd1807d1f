# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` on hosts that are not in order: never a false success.

A host of Debian's packages, on which all is well at first, is spoilt in one way at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import ddt

from nova_ext.cmd import status
from nova_ext.cmd.checks import driver, installation
from nova_ext.cmd.edits import pipelines
from tests.fixtures import nova_host, users
from tests.unit.cmd import status_base
from tests.unit.cmd.status_base import (
    API,
    DRIVER,
    FAILURE,
    INSTALLATION,
    POLICY,
    RUNNING,
    SERVICES,
    SUCCESS,
    WARNING,
)

NOVA, COMPUTE, PASTE = (
    '/etc/nova/nova.conf', '/etc/nova/nova-compute.conf', '/etc/nova/api-paste.ini')
GOOD = ('[DEFAULT]\ncompute_driver=nova_ext.LibvirtDriver\n[libvirt]\n'
        'connection_uri = test:///default\n')
STOCK = nova_host.PASTE.read_text()
ENABLED = pipelines.enable(STOCK)

Spoil = Callable[[nova_host.NovaHost], object]


def write(name: str, text: str) -> Spoil:
    """Write a file of the host."""
    return lambda host: host.write(name, text)


def configure(value: str) -> Spoil:
    """Configure a compute driver where Debian does."""
    return write(COMPUTE, GOOD.replace('nova_ext.LibvirtDriver', value))


def run_compute(host: nova_host.NovaHost, *, before: float = -3600, variable: str = '') -> None:
    """Run nova-compute, started some seconds before now."""
    host.add_process(
        7, ['/usr/bin/python3', '/usr/bin/nova-compute', f'--config-file={NOVA}',
            f'--config-file={COMPUTE}'], unit='nova-compute', started=time.time() - before,
        environ={'OS_DEFAULT__COMPUTE_DRIVER': variable} if variable else {})


#: What is done to the host, which check tells it, and with which result.
STATES: dict[str, tuple[Spoil, str, int]] = {
    'nothing': (lambda host: None, API, SUCCESS),
    'no filter': (write(PASTE, STOCK), API, FAILURE),
    'filter in no pipeline': (
        write(PASTE, f'{STOCK}\n[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n'), API, FAILURE),
    'filter too early': (write(PASTE, ENABLED.replace(
        'keystonecontext nova_ext', 'nova_ext keystonecontext', 1)), API, FAILURE),
    'filter in one pipeline': (write(PASTE, ENABLED.replace(
        'legacy_v2_compatible nova_ext', 'legacy_v2_compatible')), API, FAILURE),
    'filter without a section': (write(PASTE, ENABLED.partition('\n[filter:nova_ext]')[0]), API,
                                 FAILURE),
    'filter twice in a pipeline': (write(PASTE, ENABLED.replace(
        ' nova_ext ', ' nova_ext nova_ext ', 1)), API, FAILURE),
    'section twice': (write(PASTE, f'{ENABLED}\n[filter:nova_ext]\nuse = egg:nova-ext#nova_ext\n'),
                      API, FAILURE),
    'paste file missing': (lambda host: host.path(PASTE).unlink(), API, FAILURE),
    'paste file broken': (write(PASTE, 'x\n'), API, FAILURE),
    'paste file changed after the start': (lambda host: host.add_process(
        7, ['uwsgi', '--ini', '/etc/nova/nova-api-uwsgi.ini'], started=time.time() - 60), API,
        WARNING),
    "Nova's driver": (configure('libvirt.LibvirtDriver'), DRIVER, WARNING),
    "Nova's driver in a directory read first": (
        write('/etc/nova/nova.conf.d/a.conf', GOOD.replace('nova_ext.', 'libvirt.')), DRIVER,
        SUCCESS),
    'driver misspelt': (configure('nova_ext.LibvirtDrvier'), DRIVER, FAILURE),
    "driver by the plugin's own path": (
        configure('nova_ext.virt.libvirt.driver.LibvirtDriver'), DRIVER, FAILURE),
    'package misspelt': (configure('novaext.LibvirtDriver'), DRIVER, FAILURE),
    'driver in nova.conf, overridden': (lambda host: (
        host.write(NOVA, GOOD), configure('libvirt.LibvirtDriver')(host)), DRIVER, WARNING),
    'no driver': (write(COMPUTE, ''), DRIVER, FAILURE),
    'driver by a variable': (lambda host: run_compute(
        host, variable='libvirt.LibvirtDriver'), DRIVER, WARNING),
    'configuration broken': (write(COMPUTE, 'x\n'), SERVICES, FAILURE),
    'configuration missing': (lambda host: host.path(NOVA).unlink(), SERVICES, FAILURE),
    'started before the configuration': (lambda host: run_compute(host, before=60), RUNNING,
                                         WARNING),
    'policy broken': (write('/etc/nova/policy.yaml', 'a: [\n'), POLICY, FAILURE),
    'policy of the package broken': (
        write('/etc/nova/policy.d/00_default_policy.yaml', 'a: [\n'), POLICY, FAILURE),
    'unknown rule': (write('/etc/nova/policy.yaml', '"nova_ext:x": "@"\n'), POLICY, WARNING),
}


@ddt.ddt
class TestMatrix(status_base.StatusTestCase):
    def setUp(self) -> None:
        super().setUp()
        (self.directory / 'qemu.conf').write_text('# all as it comes\n')
        self.patch(installation, 'marks', lambda: [])
        self.host.make_debian()
        self.host.write(PASTE, ENABLED)
        self.host.write(COMPUTE, GOOD)

    def assert_result(self, name: str, code: int, *arguments: str) -> str:
        """Run the command, assert that one check has a result; return the check's text."""
        result = self.run_command(*arguments)
        self.assertEqual(code, result.checks[name][0], str(result))
        if code == SUCCESS:
            self.assertEqual(SUCCESS, result.code, str(result))
        else:
            self.assertGreaterEqual(result.code, code, str(result))
        return str(result.checks[name][1])

    @ddt.data(*STATES)
    def test_state_is_told(self, state: str) -> None:
        spoil, name, code = STATES[state]
        spoil(self.host)
        self.assert_result(name, code)

    @ddt.data(*(state for state, (_, name, _) in STATES.items() if name == DRIVER))
    def test_state_is_told_with_named_files(self, state: str) -> None:
        spoil, name, code = STATES[state]
        if state in ('no driver', 'driver by a variable'):
            code = SUCCESS  # the files themselves are of no compute host, or in order
        spoil(self.host)
        self.assert_result(name, code, '--config-file', NOVA, '--config-file', COMPUTE)

    def test_driver_that_nova_does_not_find_is_told(self) -> None:
        self.patch(driver, '_SHIM', 'nova.virt.not_there')
        self.assert_result(DRIVER, FAILURE)

    def test_two_versions_of_nova_ext_are_told(self) -> None:
        folder = self.make_directory()
        for version in ('1.0', '1.1'):
            (folder / f'nova_ext-{version}.dist-info').mkdir()
        self.patch(status, '_PATH', [str(folder)])
        self.assert_result(INSTALLATION, FAILURE)

    @ddt.data('nova-api', 'nova-compute')
    def test_host_of_one_service_is_not_blamed_for_the_other(self, name: str) -> None:
        self.host.path(f'/lib/systemd/system/{name}.service').unlink()
        self.host.path(f'/etc/init.d/{name}').unlink()
        for file, text in ((PASTE, STOCK), (COMPUTE, '')):
            if (name == 'nova-api') == (file == PASTE):
                self.host.write(file, text)
        self.assert_result(API if name == 'nova-api' else DRIVER, SUCCESS)

    @ddt.data(
        (NOVA, SERVICES), (NOVA, DRIVER), (COMPUTE, DRIVER), (COMPUTE, status_base.LIBVIRT),
        (PASTE, API), ('/etc/nova/policy.d/00_default_policy.yaml', POLICY),
        ('/etc/nova', SERVICES), ('/etc/nova', DRIVER), ('/etc/nova', API), ('/etc/nova', POLICY),
        ('/etc/nova', status_base.VIRTLOGD), ('/etc/nova/policy.d', POLICY),
        ('/lib/systemd/system', DRIVER), ('/etc/init.d/nova-compute', DRIVER))
    @ddt.unpack
    def test_what_an_ordinary_user_may_not_read_is_no_success(self, name: str, check: str) -> None:
        path = self.host.path(name)
        mode = path.stat().st_mode
        path.chmod(0o700 if path.is_dir() else 0o600)
        self.addCleanup(path.chmod, mode)
        self.useFixture(users.OrdinaryUser())
        text = self.assert_result(check, WARNING)
        self.assertIn('cannot be read, so it is not known. Run this as root', text)

    def test_process_of_another_user_is_no_success(self) -> None:
        run_compute(self.host)
        self.host.path('/proc/7/environ').chmod(0o400)
        self.useFixture(users.OrdinaryUser())
        self.assert_result(RUNNING, WARNING)

    def test_ordinary_user_who_may_read_all_gets_the_same(self) -> None:
        self.useFixture(users.OrdinaryUser())
        self.assert_result(API, SUCCESS)

    def test_file_of_a_directory_that_may_not_be_read_is_no_success(self) -> None:
        self.host.write('/etc/nova/nova.conf.d/a.conf', '')
        self.host.path('/etc/nova/nova.conf.d').chmod(0o711)
        self.addCleanup(self.host.path('/etc/nova/nova.conf.d').chmod, 0o755)
        self.useFixture(users.OrdinaryUser())
        self.assert_result(DRIVER, WARNING)
        self.assertNotEqual(0, os.geteuid())
