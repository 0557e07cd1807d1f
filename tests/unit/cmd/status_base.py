# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check`` on a host that is a directory."""

from __future__ import annotations

import json
import sys
from typing import Any, NamedTuple

from nova import conf as nova_conf

from nova_ext.cmd import status
from nova_ext.nova_compat import check as nova_check
from nova_ext.virt.libvirt.console import logrotate, requirements, virtlogd, visibility
from tests.fixtures import nova_host
from tests.unit import base

NOVA, INSTALLATION, SERVICES = 'Nova', 'Installation', 'Services'
DRIVER, RUNNING = 'Compute driver', 'Running nova-compute'
API, POLICY = 'Filter of the API', 'Policy files'
LIBVIRT, VIRTLOGD = 'libvirt and QEMU', 'virtlogd'
DIRECTORY = 'Directory of the console logs'

SUCCESS, WARNING, FAILURE = 0, 1, 2


class Result(NamedTuple):
    """What the command prints and returns."""

    code: int
    #: By the name of the check, its code and its text.
    checks: dict[str, tuple[int, Any]]


class StatusTestCase(base.TestCase):
    """A host that is a directory, with libvirt's test driver.

    :attr:`options` is its nova.conf, group by group; libvirt's files are in :attr:`directory`.
    """

    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.directory = self.make_directory()
        self.directory.chmod(0o755)
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
        self.patch(status, '_PATH', [])

    def write_options(self) -> None:
        """Write nova.conf."""
        self.host.write('/etc/nova/nova.conf', ''.join(
            f'[{group}]\n' + ''.join(f'{name} = {value}\n' for name, value in values.items())
            for group, values in self.options.items()))

    def run_command(self, *arguments: str) -> Result:
        """Run the command."""
        self.addCleanup(nova_conf.CONF.reset)
        self.patch(sys, 'argv', ['nova-ext-status', *arguments, 'upgrade', 'check', '--json'])
        output = self.capture_output()
        code = status.main(str(self.host.root))
        return Result(code, {
            check['check']: (check['result'], check['details'])
            for check in json.loads(output.getvalue())['checks']})

    def check(self) -> Result:
        """Run the command on a compute host with :attr:`options`."""
        self.host.add_unit('nova-compute', '/usr/bin/nova-compute')
        self.write_options()
        return self.run_command()

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
