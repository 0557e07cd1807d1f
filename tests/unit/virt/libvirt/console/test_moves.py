# SPDX-License-Identifier: Apache-2.0
"""Live migrations, by Nova's own records, ports and message bus."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import ddt

from nova_ext.virt.libvirt.console import config, sender
from tests.unit.virt.libvirt.console import base, moving


def fail(*_: Any) -> None:
    """Stand in for a function that reads from a disk or writes to one."""
    raise OSError(5, 'the disk is broken')


@ddt.ddt
class TestLeaving(moving.LiveMigrationTestCase):
    def test_history_is_sent_after_the_guest(self) -> None:
        histories = self.start_there()
        self.leave()
        self.assertEqual([], histories.pieces)
        self.finish_leaving()
        self.assertEqual(b'printed here', histories.text())
        self.assertTrue(Path(base.nova_log_path(self.server)).exists())

    @ddt.data((None, 0), ('10.0.0.2', 2))
    @ddt.unpack
    def test_guest_keeps_its_ports_if_the_destination_has_serial_consoles(
            self, address: Optional[str], ports: int) -> None:
        self.start_there().log_path = base.nova_log_path(self.server)
        self.migrate_data.serial_listen_addr = address
        xml = self.leave()
        self.assertEqual(ports, len(config.serial_ports(xml)))
        self.assertEqual(base.nova_log_path(self.server), config.log_paths(xml).get(0))

    def test_guest_logs_where_the_destination_says(self) -> None:
        self.start_there()
        xml = self.leave()
        self.assertEqual('/there/console.log', config.log_paths(xml).get(0))
        self.assertTrue(config.is_appended(xml))

    @ddt.data(True, False)
    def test_log_replaces_the_file_that_nova_makes_on_a_host_without_the_plugin(
            self, shared: bool) -> None:
        self.rpc.start_host(self.there)
        self.migrate_data.is_shared_instance_path = shared
        xml = self.leave()
        self.assertEqual(base.nova_log_path(self.server), config.log_paths(xml).get(0))
        self.assertIs(shared, config.is_appended(xml))

    def test_history_is_sent_to_a_host_that_logs_outside_shared_storage(self) -> None:
        histories = self.start_there()
        self.migrate_data.is_shared_instance_path = True
        self.leave()
        self.finish_leaving()
        self.assertEqual(b'printed here', histories.text())

    def test_history_is_not_sent_on_shared_storage(self) -> None:
        histories = self.start_there()
        histories.log_path = base.nova_log_path(self.server)
        self.migrate_data.is_shared_instance_path = True
        self.leave()
        self.finish_leaving()
        self.assertEqual([], histories.pieces)
        self.assertEqual(b'printed here', Path(base.nova_log_path(self.server)).read_bytes())

    def test_history_of_a_guest_that_did_not_begin_to_leave_is_not_sent(self) -> None:
        histories = self.start_there()
        self.finish_leaving()
        self.assertEqual([], histories.pieces)

    def test_history_is_sent_once(self) -> None:
        histories = self.start_there()
        self.leave()
        self.finish_leaving()
        self.finish_leaving()
        self.assertEqual(1, len(histories.pieces))

    @ddt.data(None, '10.0.0.2', 'unset')
    def test_history_is_copied_to_a_host_without_the_plugin(
            self, address: Optional[str]) -> None:
        copied: list[Any] = []
        self.patch(sender, 'copy_over', lambda *copy: copied.append(copy))
        self.rpc.start_host(self.there)
        if address != 'unset':
            self.migrate_data.target_connect_addr = address
        self.leave()
        self.finish_leaving()
        host = '10.0.0.2' if address == '10.0.0.2' else self.there
        self.assertEqual(
            [(b'printed here', base.nova_log_path(self.server), host)], copied)


@ddt.ddt
class TestLeavingWithLogElsewhere(moving.LiveMigrationTestCase):
    def make_log_path(self) -> str:
        self.logs_directory = self.log_elsewhere()
        return f'{self.logs_directory}/{self.server.uuid}-here.console'

    def test_log_path_is_requested_from_the_destination(self) -> None:
        histories = self.start_there()
        self.assertEqual('/there/console.log', config.log_paths(self.leave()).get(0))
        self.assertEqual([(self.server.uuid, 0)], histories.asked)

    def test_destination_without_the_plugin_logs_where_nova_does(self) -> None:
        self.rpc.start_host(self.there)
        self.assertEqual(base.nova_log_path(self.server), config.log_paths(self.leave()).get(0))
        self.assertEqual([], self.warnings_about(self.server))

    def test_destination_that_refuses_logs_where_nova_does_with_a_warning(self) -> None:
        def refuse() -> None:
            raise ValueError('it does not come here')

        self.start_there().then = refuse
        self.assertEqual(base.nova_log_path(self.server), config.log_paths(self.leave()).get(0))
        warning, = self.warnings_about(self.server)
        self.assertIn('it does not come here', warning)

    @ddt.data(True, False)
    def test_log_is_sent_and_then_deleted_here(self, shared: bool) -> None:
        histories = self.start_there()
        self.migrate_data.is_shared_instance_path = shared
        self.leave()
        self.finish_leaving()
        self.assertEqual(b'printed here', histories.text())
        self.assertEqual([], list(self.logs_directory.iterdir()))

    @ddt.data('refused', 'given up', 'not copied')
    def test_log_that_does_not_arrive_is_kept_here(self, case: str) -> None:
        if case == 'not copied':
            self.patch(sender, 'copy_over', fail)
            self.rpc.start_host(self.there)
        else:
            histories = self.start_there()
            histories.complete = False
        self.leave()
        if case == 'refused':
            histories.then = fail
        self.finish_leaving()
        file, = self.logs_directory.iterdir()
        self.assertEqual((f'{self.server.uuid}-here.console.kept', b'printed here'),
                         (file.name, file.read_bytes()))
        failed, stays = self.warnings_about(self.server)
        self.assertIn('Failed to send the console history', failed)
        self.assertIn(f'stays on this host as {file}', stays)

    def test_log_is_deleted_if_no_history_is_to_go(self) -> None:
        self.start_there()
        self.conf.set_override('console_history_bytes', 0, 'nova_ext')
        self.leave()
        self.finish_leaving()
        self.assertEqual([], list(self.logs_directory.iterdir()))
