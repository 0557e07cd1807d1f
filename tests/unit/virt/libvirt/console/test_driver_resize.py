# SPDX-License-Identifier: Apache-2.0
"""The driver where a server is resized."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ddt
from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt.libvirt.console import history, places
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains
from tests.unit.virt.libvirt.console import virtlogd_files as files


def fail(*_: Any, **__: Any) -> None:
    """Stand in for a function with a bug."""
    raise RuntimeError('broken')


@ddt.ddt
class TestResize(base.DriverTestCase):
    def test_history_is_kept_when_nova_renames_the_directory_of_the_server(self) -> None:
        def rename(*_: Any, **__: Any) -> str:
            (self.instances / self.server.uuid).rename(
                self.instances / f'{self.server.uuid}_resize')
            (self.instances / self.server.uuid).mkdir()
            return 'disks'

        self.patch(nova_driver.LibvirtDriver, 'migrate_disk_and_power_off', rename)
        self.make_migration(self.server, dest_compute='here')
        self.log.write_bytes(b'printed')
        self.assertEqual('disks', self.driver.migrate_disk_and_power_off(
            support.admin(), self.server, 'here', None, []))
        self.assertEqual(b'printed', files.read(self.log))

    def test_server_is_resized_despite_a_failure(self) -> None:
        self.patch(
            nova_driver.LibvirtDriver, 'migrate_disk_and_power_off', lambda *_: 'disks')
        self.patch(self.driver._nova_ext.moves, 'migrate_disk_and_power_off', fail)
        self.assertEqual('disks', self.driver.migrate_disk_and_power_off(
            support.admin(), self.server, 'there', None, []))
        self.assertTrue(any('RuntimeError: broken' in warning
                            for warning in self.warnings_about(self.server)))

    @ddt.data(('resize_reverting', b',printed after'), ('deleting', b''))
    @ddt.unpack
    def test_output_since_the_resize_is_kept_when_that_is_reverted(
            self, task_state: str, sent: bytes) -> None:
        def clean_up(*_: Any, **__: Any) -> None:
            history.remove(str(self.log), aside=False)

        self.patch(nova_driver.LibvirtDriver, 'cleanup', clean_up)
        self.server.task_state = task_state
        self.make_migration(self.server, dest_compute='here', status='reverting')
        before = self.instances / f'{self.server.uuid}_resize' / 'console.log'
        before.parent.mkdir()
        before.write_bytes(b'before')
        self.log.write_bytes(b',printed after')
        self.driver.cleanup(support.admin(), self.server, [])
        self.assertEqual(b'before' + sent, before.read_bytes())
        self.assertFalse(self.log.exists())

    def test_each_port_is_left_by_what_was_noted_of_its_own_log(self) -> None:
        self.patch(nova_driver.LibvirtDriver, 'confirm_migration', lambda *_: None)
        log = self.log_elsewhere() / f'{self.server.uuid}-here.console'
        self.define(self.server, domains.tcp(3, log=str(log), logged=3))
        for number, arrived in enumerate((True, False, True)):
            path = places.of_port(str(log), number)
            Path(path).touch()
            history.mark_sent(path, arrived)
        migration = self.make_migration(self.server, dest_compute='there')
        self.driver.confirm_migration('context', migration, self.server, [])
        self.assertEqual([Path(f'{log}-port1.kept')], list(log.parent.iterdir()))

    @ddt.data(('there', True, ''), ('there', False, '.kept'), ('here', False, ''))
    @ddt.unpack
    def test_log_elsewhere_is_left_when_a_resize_to_another_host_is_confirmed(
            self, destination: str, arrived: bool, suffix: str) -> None:
        confirmed: list[Any] = []
        self.patch(
            nova_driver.LibvirtDriver, 'confirm_migration',
            lambda _, *arguments: confirmed.append(arguments))
        log = self.log_elsewhere() / f'{self.server.uuid}-here.console'
        log.touch()
        history.mark_sent(str(log), arrived)
        migration = self.make_migration(self.server, dest_compute=destination)
        self.driver.confirm_migration('context', migration, self.server, [])
        self.assertEqual([('context', migration, self.server, [])], confirmed)
        self.assertEqual([] if arrived else [f'{log}{suffix}'],
                         [str(file) for file in log.parent.iterdir()])
