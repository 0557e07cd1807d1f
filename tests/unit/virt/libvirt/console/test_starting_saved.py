# SPDX-License-Identifier: Apache-2.0
"""Configurations that were saved, before guests are started with them."""

from __future__ import annotations

from pathlib import Path

import ddt

from nova_ext.virt.libvirt.console import config
from tests.unit.virt.libvirt.console import domains, servers


@ddt.ddt
class TestRefreshSaved(servers.StartsTestCase):
    """A guest with two ports, whose configuration was saved when it was rescued."""

    PORTS = (('127.0.0.1', 10000), ('127.0.0.1', 10001))

    def setUp(self) -> None:
        super().setUp()
        self.saved = self.directory / 'unrescue.xml'
        self.saved.write_text(domains.domain(domains.tcp(2)), encoding='utf-8')

    def refresh(self) -> str:
        """Refresh the saved configuration, and return it."""
        self.starts.refresh_saved(self.server, str(self.saved))
        return self.saved.read_text(encoding='utf-8')

    def test_ports_are_replaced_by_free_ones(self) -> None:
        self.enable_serial_ports()
        self.ports.update(self.PORTS)
        refreshed = self.refresh()
        acquired = config.serial_ports(refreshed)
        self.assertEqual(2, len(set(acquired)))
        self.assertTrue(set(acquired).isdisjoint(self.PORTS))
        self.assertLessEqual(set(acquired), self.ports)
        self.assertIn('append="on"', refreshed)
        self.configure_handler('file')
        self.assertIn('append="off"', self.refresh())
        self.assertIn('ein Sërver', refreshed)

    def test_ports_of_the_rescued_guest_are_used_first(self) -> None:
        self.enable_serial_ports()
        self.conf.set_override('port_range', '39871:39872', 'serial_console')
        self.ports.update(self.PORTS)
        self.define(self.server, domains.tcp(1, first=10007), running=True)
        self.ports.add(('127.0.0.1', 10007))
        acquired = config.serial_ports(self.refresh())
        self.assertEqual([('127.0.0.1', 10007), ('127.0.0.1', 39871)], acquired)
        self.assertEqual({*acquired, *self.PORTS}, self.ports)

    def test_ports_are_kept_where_nova_acquires_none(self) -> None:
        self.assertEqual(list(self.PORTS), config.serial_ports(self.refresh()))
        self.assertEqual(set(), self.ports)

    @ddt.data('no port', 'no space', 'no xml')
    def test_failure_leaves_configuration_and_ports_unchanged_with_a_warning(
            self, failure: str) -> None:
        self.enable_serial_ports()
        if failure == 'no port':
            self.conf.set_override('port_range', '39871:39872', 'serial_console')
        elif failure == 'no space':
            Path(f'{self.saved}.new').mkdir()
        else:
            self.saved.write_text('<domain>', encoding='utf-8')
        before = self.saved.read_text(encoding='utf-8')
        self.assertEqual(before, self.refresh())
        self.assertEqual(set(), self.ports)
        self.assertTrue(any('Failed to update the saved configuration' in warning
                            for warning in self.warnings_about(self.server)))

    def test_missing_configuration_is_warned_about(self) -> None:
        self.starts.refresh_saved(self.server, str(self.directory / 'gone.xml'))
        self.assertIn('FileNotFoundError', self.warnings_about(self.server)[0])
