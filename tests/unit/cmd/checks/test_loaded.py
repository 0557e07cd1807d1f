# SPDX-License-Identifier: Apache-2.0
"""The check of the driver that a running nova-compute has loaded."""

from __future__ import annotations

import logging
import os
import time

import ddt
import fixtures

from nova_ext.cmd.checks import installation, loaded, log
from nova_ext.cmd.services.processes import Process
from tests.fixtures import nova_host
from tests.unit import base

LOG, CONF = '/var/log/nova/nova-compute.log', '/etc/nova/nova-compute.conf'
NOVAS, OURS = 'libvirt.LibvirtDriver', 'nova_ext.LibvirtDriver'


def line(driver: str, pid: int, at: float) -> str:
    """What Nova logs when it loads a driver."""
    when = time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))
    return (f"{when}.123 {pid} INFO nova.virt.driver [None req-1 - - - -] Loading compute driver "
            f"'{driver}'\n")


@ddt.ddt
class TestLoaded(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.host = self.useFixture(nova_host.NovaHost())
        self.host.make_debian('nova-compute')
        self.started = time.time() - 3600
        self.patch(installation, 'marks', lambda: ['/usr/lib/nova_ext'])

    def run_compute(self, *arguments: str) -> None:
        """Run nova-compute, with the arguments of Debian's script and some more."""
        self.host.add_process(7, [
            '/usr/bin/python3', '/usr/bin/nova-compute', '--config-file=/etc/nova/nova.conf',
            f'--config-file={CONF}', *arguments], unit='nova-compute', started=self.started)

    def configure(self, driver: str, at: float) -> None:
        """Configure a driver at a time."""
        for name, text in (('/etc/nova/nova.conf', ''),
                           (CONF, f'[DEFAULT]\ncompute_driver = {driver}\n')):
            os.utime(self.host.write(name, text), (at, at))

    def check(self) -> list[tuple[int, str]]:
        """Return the level and text of each finding."""
        return [(finding.level, finding.text) for finding in loaded.check(self.host.find())]

    def test_driver_that_the_process_has_logged_is_told(self) -> None:
        self.configure(OURS, self.started - 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, line(OURS, 7, self.started + 2))
        self.assertEqual(
            [(logging.INFO, f'nova-compute (process 7) has loaded {OURS}, as {LOG} says')],
            self.check())

    def test_another_driver_than_the_configured_one_is_a_warning(self) -> None:
        self.configure(OURS, self.started + 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, line(NOVAS, 7, self.started + 2))
        self.assertEqual(
            [(logging.WARNING, f'nova-compute (process 7) has loaded {NOVAS}, as {LOG} says, and '
                               f'is configured for {OURS}: systemctl restart nova-compute.')],
            self.check())

    def test_configuration_that_was_changed_and_changed_back_is_no_warning(self) -> None:
        self.configure(OURS, self.started + 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, line(OURS, 7, self.started + 2))
        self.assertEqual([logging.INFO], [level for level, _ in self.check()])

    @ddt.data('log_file = nova-compute.log\nlog_dir = /var/log/nova',
              'log_dir = /var/log/nova', 'logdir = /var/log/nova', f'logfile = {LOG}')
    def test_log_is_found_where_it_is_configured(self, options: str) -> None:
        self.configure(OURS, self.started + 60)
        self.host.write('/etc/nova/nova.conf', f'[DEFAULT]\n{options}\n')
        self.run_compute()
        self.host.write(LOG, line(NOVAS, 7, self.started + 2))
        self.assertIn(f'has loaded {NOVAS}, as {LOG} says', self.check()[0][1])

    def test_log_that_was_rotated_is_read(self) -> None:
        self.configure(OURS, self.started + 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, 'nothing of it\n')
        self.host.write(f'{LOG}.1', line(NOVAS, 7, self.started + 2))
        self.assertIn(f'as {LOG}.1 says', self.check()[0][1])

    @ddt.data('other process', 'earlier process', 'other format')
    def test_line_that_may_be_of_another_process_does_not_count(self, kind: str) -> None:
        self.configure(OURS, self.started + 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, {
            'other process': line(NOVAS, 8, self.started + 2),
            'earlier process': line(NOVAS, 7, self.started - 30),
            'other format': f'{{"message": "Loading compute driver \'{NOVAS}\'"}}\n'}[kind])
        [(level, text)] = self.check()
        self.assertEqual((logging.WARNING, False), (level, NOVAS in text), text)

    def test_last_line_counts(self) -> None:
        self.configure(OURS, self.started - 60)
        self.run_compute(f'--log-file={LOG}')
        self.host.write(LOG, line(NOVAS, 7, self.started + 2) + line(OURS, 7, self.started + 9))
        self.assertIn(f'has loaded {OURS}', self.check()[0][1])

    def test_without_a_log_unchanged_configuration_tells(self) -> None:
        self.configure(OURS, self.started - 60)
        self.run_compute()
        self.assertEqual(
            [(logging.INFO, f'nova-compute (process 7) has loaded {OURS}: its configuration was '
                            'not changed since it started')], self.check())

    def test_without_a_log_changed_configuration_is_a_warning(self) -> None:
        self.configure(OURS, self.started + 60)
        self.run_compute()
        [(level, text)] = self.check()
        self.assertEqual(logging.WARNING, level)
        self.assertIn(f'before /etc/nova/nova.conf, {CONF} was changed at ', text)
        self.assertTrue(text.endswith(': systemctl restart nova-compute.'), text)

    def test_nova_ext_that_was_installed_later_is_a_warning(self) -> None:
        self.configure(OURS, self.started - 60)
        self.run_compute()
        self.host.write('/usr/lib/nova_ext', '')
        [_, (level, text)] = self.check()
        self.assertEqual(logging.WARNING, level)
        self.assertIn('before /usr/lib/nova_ext was changed at ', text)

    def test_driver_of_nova_does_not_care_when_nova_ext_was_installed(self) -> None:
        self.configure(NOVAS, self.started - 60)
        self.run_compute()
        self.host.write('/usr/lib/nova_ext', '')
        self.assertEqual([logging.INFO], [level for level, _ in self.check()])

    def test_compute_host_where_none_runs_is_told(self) -> None:
        self.assertEqual(
            [(logging.INFO, f'No nova-compute that reads /etc/nova/nova.conf, {CONF} runs now')],
            self.check())

    def test_journal_is_asked_where_there_is_no_file(self) -> None:
        directory = self.make_directory()
        program = directory / 'journalctl'
        program.write_text(f'#!/bin/sh\necho "$@" > {directory}/asked\n'
                           f"echo \"INFO nova.virt.driver Loading compute driver '{NOVAS}'\"\n")
        program.chmod(0o755)
        self.useFixture(fixtures.EnvironmentVariable('PATH', f'{directory}:{os.environ["PATH"]}'))
        process = Process(7, None, 'nova-compute', self.started, False)
        self.assertEqual(NOVAS, log._in_journal(process))
        self.assertIn('_PID=7', (directory / 'asked').read_text())
