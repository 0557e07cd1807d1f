# SPDX-License-Identifier: Apache-2.0
"""Whether logrotate takes console logs for its own."""

from __future__ import annotations

import shutil
import subprocess

import ddt

from nova_ext.virt.libvirt.console import logrotate, places
from tests.unit import base

#: As in Debian's package of libvirt.
DEBIAN = """/var/log/libvirt/qemu/*.log {
        # If virtlogd is active, ensure that size here is
        # larger than 'max_size' in the virtlogd config
        size 2097153
        missingok
        rotate 4
        copytruncate
}
"""

LOG = places.log_path('/var/log/libvirt/qemu', '1b4e28ba-2fa1-41d2-883f-0016d3cca427', 'host')
NAMED_BEFORE = '/var/log/libvirt/qemu/instance-0000002a-serial0.log'
NOVAS = '/var/lib/nova/instances/1b4e28ba-2fa1-41d2-883f-0016d3cca427/console.log'


@ddt.ddt
class TestRulesFor(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.directory = self.make_directory()
        (self.directory / 'logrotate.d').mkdir()
        self.patch(logrotate, '_CONFIGURATIONS', (
            str(self.directory / 'logrotate.conf'), str(self.directory / 'logrotate.d')))

    def patterns(self, text: str, path: str) -> list[str]:
        """Return what in a configuration matches a path."""
        file = self.directory / 'logrotate.d/some'
        file.write_text(text)
        rules = list(logrotate.rules_for(path))
        self.assertLessEqual({rule.file for rule in rules}, {str(file)})
        return [rule.pattern for rule in rules]

    def test_no_rule_is_found_without_a_configuration(self) -> None:
        self.assertEqual([], list(logrotate.rules_for(LOG)))

    def test_rule_of_libvirt_does_not_match_the_names_of_console_logs(self) -> None:
        self.assertEqual([], self.patterns(DEBIAN, LOG))
        self.assertEqual(['/var/log/libvirt/qemu/*.log'], self.patterns(DEBIAN, NAMED_BEFORE))

    @ddt.data(
        ('/var/log/libvirt/qemu/* {\n', ['/var/log/libvirt/qemu/*']),
        ('/other/*.log\n"/var/log/libvirt/*/*.console"{\n}', ['/var/log/libvirt/*/*.console']),
        ('/var/log/*\n', []), ('/var/log/*.console {', []), ('# /var/log/libvirt/qemu/*\n', []),
        ('postrotate\n  kill "$(cat /run/some.pid)\nendscript\n/var/log/*/*/* {',
         ['/var/log/*/*/*']))
    @ddt.unpack
    def test_rules_match_as_wildcards_of_paths_do(self, text: str, found: list[str]) -> None:
        self.assertEqual(found, self.patterns(text, LOG))

    def test_rule_for_the_logs_in_the_directories_of_servers_is_found(self) -> None:
        self.assertEqual(['/var/lib/nova/instances/*/console.log'], self.patterns(
            '/var/lib/nova/instances/*/console.log {\n  copytruncate\n}\n', NOVAS))

    def test_unreadable_configuration_is_passed_over(self) -> None:
        (self.directory / 'logrotate.d/directory').mkdir()
        (self.directory / 'logrotate.d/binary').write_bytes(bytes(range(256)))
        self.assertEqual(['/var/log/libvirt/qemu/*'],
                         self.patterns('/var/log/libvirt/qemu/* {\n}', LOG))


class TestLogrotate(base.TestCase):
    """logrotate itself, with Debian's rule for another directory."""

    def test_logrotate_leaves_console_logs_alone(self) -> None:
        program = shutil.which('logrotate', path='/usr/sbin:/usr/bin')
        if program is None:
            self.skipTest('logrotate is not installed')
        directory = self.make_directory()
        directory.chmod(0o700)
        logs = directory / 'qemu'
        logs.mkdir()
        for name in (LOG, NAMED_BEFORE):
            (logs / name.rpartition('/')[2]).write_bytes(bytes(3_000_000))
        configuration = directory / 'libvirtd.qemu'
        configuration.write_text(DEBIAN.replace('/var/log/libvirt/qemu', str(logs)))
        configuration.chmod(0o600)
        subprocess.run(
            [program, '--state', str(directory / 'state'), str(configuration)],
            check=True, timeout=30)
        sizes = {file.name: file.stat().st_size for file in logs.iterdir()}
        before = NAMED_BEFORE.rpartition('/')[2]
        self.assertEqual(
            {LOG.rpartition('/')[2]: 3_000_000, before: 0, f'{before}.1': 3_000_000}, sizes)
