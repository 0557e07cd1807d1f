# SPDX-License-Identifier: Apache-2.0
"""Live migrations on the destination."""

from __future__ import annotations

import socket
from typing import Any, Optional

import ddt
import fixtures
from nova import exception as nova_exception
from nova import objects

from nova_ext import exception
from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import privileged, virtlogd
from tests.unit import support
from tests.unit.virt.libvirt.console import domains, moving


def fail(*_: Any) -> None:
    """Stand in for a function that reads from a disk."""
    raise OSError(5, 'the disk is broken')


def refuse(*_: Any) -> None:
    """Stand in for a function that only root may call."""
    raise PermissionError(13, 'Permission denied')


@ddt.ddt
class TestCheckDestination(moving.MovesTestCase):
    def test_host_whose_virtlogd_answers_accepts_guests(self) -> None:
        calls: list[Any] = []
        self.patch(virtlogd, 'problem', lambda *arguments: calls.append(arguments))
        self.moves.check_destination()
        self.assertEqual(1, len(calls))

    def test_host_whose_virtlogd_does_not_answer_refuses_guests(self) -> None:
        (self.libvirt_directory / 'qemu.conf').write_text('stdio_handler = "logd"\n')
        (self.libvirt_directory / 'libvirt-sock').touch()
        with self.assert_raises(nova_exception.MigrationPreCheckError) as caught:
            self.moves.check_destination()
        self.assertIn('does not answer on host here (', str(caught.exception))
        self.assertIn('No such file or directory', str(caught.exception))

    def test_only_root_is_told_that_virtlogd_does_not_answer(self) -> None:
        (self.libvirt_directory / 'qemu.conf').write_text('stdio_handler = "logd"\n')
        (self.libvirt_directory / 'libvirt-sock').touch()
        self.patch(socket.socket, 'connect', refuse)
        self.patch(privileged, 'get_refusal_of_virtlogd', lambda: 'Connection refused')
        with self.assert_raises(nova_exception.MigrationPreCheckError, 'Connection refused'):
            self.moves.check_destination()

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
        self.arrivals.pre_live_migration(server, objects.LibvirtLiveMigrateData(
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
        self.arrivals.post_live_migration_at_destination(server)
        self.assertEqual({*acquired[:kept], ('127.0.0.1', 10002)}, self.ports)

    def test_ports_that_the_guest_may_use_are_kept_while_libvirt_does_not_answer(self) -> None:
        def fail(*_: Any) -> None:
            raise exception.HypervisorNotResponding('no answer from libvirt')

        server = self.make_server()
        self.ports.update([('127.0.0.1', 10000), ('127.0.0.1', 10001)])
        self.expect(server, 10000, 10001)
        self.define(server, domains.tcp(1), running=True)
        with fixtures.MockPatchObject(queries.Queries, 'ask_about', fail):
            self.arrivals.post_live_migration_at_destination(server)
        self.assertEqual({('127.0.0.1', 10000), ('127.0.0.1', 10001)}, self.ports)
        self.assertIn('no answer from libvirt', self.logs.text)
        # The guest gives them back when it ends.
        self.ports_here.give_back(server)
        self.assertEqual(set(), self.ports)

    def test_guest_is_not_looked_up_if_nova_acquired_no_port(self) -> None:
        server = support.instance()
        self.expect(server)
        self.arrivals.post_live_migration_at_destination(server)
        self.assertEqual([], self.arrivals.expected())

    def test_ports_of_a_guest_that_is_not_coming_are_left_to_nova(self) -> None:
        server = support.instance()
        self.ports.add(('127.0.0.1', 10000))
        self.expect(server, 10000)
        self.arrivals.rollback_live_migration_at_destination(server)
        self.arrivals.post_live_migration_at_destination(server)
        self.assertEqual({('127.0.0.1', 10000)}, self.ports)

    def test_ports_of_an_earlier_migration_of_the_guest_are_released(self) -> None:
        server = support.instance()
        self.ports.update([('127.0.0.1', 10000), ('127.0.0.1', 10001)])
        self.expect(server, 10000)
        self.expect(server, 10001)
        self.assertEqual({('127.0.0.1', 10001)}, self.ports)

    @ddt.data((None, True), ('running', True), ('preparing', True), ('error', False),
              ('cancelled', False))
    @ddt.unpack
    def test_ports_are_reclaimed_when_the_migration_has_ended_without_the_guest(
            self, status: Optional[str], kept: bool) -> None:
        server = self.make_server(host='there')
        if status:
            self.make_migration(
                server, source_compute='there', dest_compute='here', status=status)
        self.ports.add(('127.0.0.1', 10000))
        self.expect(server, 10000)
        self.moves.reclaim(support.admin())
        self.assertEqual({('127.0.0.1', 10000)} if kept else set(), self.ports)

    def test_ports_of_a_guest_that_came_are_not_reclaimed(self) -> None:
        server = self.make_server()
        self.make_migration(
            server, source_compute='there', dest_compute='here', status='completed')
        self.ports.add(('127.0.0.1', 10000))
        self.expect(server, 10000)
        self.define(server, domains.tcp(1), running=True)
        self.moves.reclaim(support.admin())
        self.assertEqual({('127.0.0.1', 10000)}, self.ports)
