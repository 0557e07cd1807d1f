# SPDX-License-Identifier: Apache-2.0
"""Live migrations, by Nova's own records, ports and message bus."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

import ddt
from nova import exception as nova_exception
from nova import objects

from nova_ext.virt.libvirt.console import config, privileged, sender, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains, moving


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
        self.migrate_data.serial_listen_addr = address
        xml = self.leave()
        self.assertEqual(ports, len(config.serial_ports(xml)))
        self.assertEqual(base.nova_log_path(self.server), config.log_path(xml))

    def test_log_path_is_not_requested_by_a_host_that_logs_as_nova_does(self) -> None:
        histories = self.start_there()
        self.leave()
        self.assertEqual([], histories.asked)

    def test_history_is_not_sent_on_shared_storage(self) -> None:
        histories = self.start_there()
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
        self.assertEqual('/there/console.log', config.log_path(self.leave()))
        self.assertEqual([self.server.uuid], histories.asked)

    def test_destination_without_the_plugin_logs_where_nova_does(self) -> None:
        self.rpc.start_host(self.there)
        self.assertEqual(base.nova_log_path(self.server), config.log_path(self.leave()))
        self.assertEqual([], self.warnings_about(self.server))

    def test_destination_that_refuses_logs_where_nova_does_with_a_warning(self) -> None:
        def refuse() -> None:
            raise ValueError('it does not come here')

        self.start_there().then = refuse
        self.assertEqual(base.nova_log_path(self.server), config.log_path(self.leave()))
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


def fail(*_: Any) -> None:
    """Stand in for a function that reads from a disk."""
    raise OSError(5, 'the disk is broken')


@ddt.ddt
class TestCheckDestination(moving.MovesTestCase):
    def test_host_whose_virtlogd_answers_accepts_guests(self) -> None:
        calls: list[Any] = []
        self.patch(virtlogd, 'problem', calls.append)
        self.moves.check_destination()
        self.assertEqual(1, len(calls))

    def test_host_whose_virtlogd_does_not_answer_refuses_guests(self) -> None:
        (self.libvirt_directory / 'qemu.conf').write_text('stdio_handler = "logd"\n')
        (self.libvirt_directory / 'libvirt-sock').touch()
        with self.assert_raises(nova_exception.MigrationPreCheckError) as caught:
            self.moves.check_destination()
        self.assertIn('does not answer on host here (', str(caught.exception))
        self.assertIn('No such file or directory', str(caught.exception))

    @ddt.data('directories', 'unreadable')
    def test_host_that_cannot_check_virtlogd_accepts_guests(self, case: str) -> None:
        (self.libvirt_directory / 'libvirt-sock').touch()
        if case == 'directories':
            (self.libvirt_directory / 'qemu.conf').mkdir()
            (self.libvirt_directory / 'virtlogd.conf').mkdir()
        else:
            self.patch(privileged, 'read_configuration', fail)
        self.moves.check_destination()
        self.assertEqual(
            case == 'unreadable',
            'could not be checked: OSError: [Errno 5] the disk is broken' in self.logs.text)


@ddt.ddt
class TestArriving(moving.MovesTestCase):
    def expect(self, server: Any, *ports: int) -> None:
        """Expect a guest for which Nova acquired these serial ports."""
        self.moves.expect(server, objects.LibvirtLiveMigrateData(
            serial_listen_addr='127.0.0.1' if ports else None, serial_listen_ports=ports))

    @ddt.data((0, 0), (1, 1), (2, 2))
    @ddt.unpack
    def test_ports_that_the_guest_does_not_use_are_released(
            self, number: int, kept: int) -> None:
        server = self.make_server()
        acquired = [('127.0.0.1', 10000), ('127.0.0.1', 10001)]
        self.ports.update([*acquired, ('127.0.0.1', 10002)])
        self.expect(server, 10000, 10001)
        self.assertEqual(3, len(self.ports))
        self.define(server, domains.tcp(number) if number else domains.PTY, running=True)
        self.moves.arrived(server)
        self.assertEqual({*acquired[:kept], ('127.0.0.1', 10002)}, self.ports)

    def test_guest_is_not_looked_up_if_nova_acquired_no_port(self) -> None:
        server = support.instance()
        self.expect(server)
        self.moves.arrived(server)
        self.assertEqual({}, self.moves._acquired)

    def test_ports_of_a_guest_that_is_not_coming_are_left_to_nova(self) -> None:
        server = support.instance()
        self.ports.add(('127.0.0.1', 10000))
        self.expect(server, 10000)
        self.moves.not_coming(server)
        self.moves.arrived(server)
        self.assertEqual({('127.0.0.1', 10000)}, self.ports)
