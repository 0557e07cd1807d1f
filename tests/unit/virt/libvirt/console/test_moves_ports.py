# SPDX-License-Identifier: Apache-2.0
"""Servers that go to another host with logs of several serial ports."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import ddt
import oslo_messaging as messaging

from nova_ext.compute import rpcapi
from nova_ext.virt.libvirt.console import config, history, places, sender
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains, moving, peers


def printed(port: int) -> bytes:
    """Return what a guest has printed on a port here."""
    return b'printed on %d' % port


class LoggedPortsTestCase(moving.LiveMigrationTestCase):
    """Two of the guest's three ports are logged, in a directory outside the servers'."""

    def setUp(self) -> None:
        super().setUp()
        self.write(0, 1)

    def make_log_path(self) -> str:
        self.logs_directory = self.log_elsewhere()
        return f'{self.logs_directory}/{self.server.uuid}-here.console'

    def write(self, *ports: int) -> None:
        """Have the guest's ports logged."""
        log = self.consoles.get_log_path(self.server)
        self.domain.destroy()
        self.domain.undefine()
        self.domain = self.define(
            self.server, domains.tcp(3, log=log, logged=len(ports)), running=True)
        for port in ports:
            Path(places.of_port(log, port)).write_bytes(printed(port))

    def start_old(self, version: str = '1.4') -> peers.Histories:
        """Start the other host's nova-compute with an older nova-ext."""
        histories = peers.Histories()
        endpoint: Any = peers.plugin(histories)
        endpoint.target = messaging.Target(namespace=rpcapi.NAMESPACE, version=version)
        self.rpc.start_host(self.there, endpoint)
        return histories

    def names(self) -> list[str]:
        """Return what is left of the logs here, without what their names have in common."""
        return sorted(file.name.partition('.console')[2]
                      for file in self.logs_directory.iterdir())

    def infos(self) -> str:
        """Return what was logged, for an assertion about a part of it."""
        return '\n'.join(record.getMessage() for record in self.logs.records
                         if record.levelname == 'INFO')


@ddt.ddt
class TestLiveMigration(LoggedPortsTestCase):
    def test_each_log_goes_on_where_the_destination_says(self) -> None:
        histories = self.start_there()
        self.assertEqual({0: '/there/console.log', 1: '/there/console.log1'},
                         config.log_paths(self.leave()))
        self.assertEqual([(self.server.uuid, 0), (self.server.uuid, 1)], histories.asked)

    def test_each_history_follows_the_guest(self) -> None:
        histories = self.start_there()
        self.leave()
        self.finish_leaving()
        self.assertEqual([printed(0), printed(1)], [histories.text(0), histories.text(1)])
        self.assertEqual([], self.names())
        self.assertEqual([], self.warnings_about(self.server))

    @ddt.data('1.1', '1.4')
    def test_first_port_alone_goes_to_an_older_host(self, version: str) -> None:
        histories = self.start_old(version)
        self.assertEqual({0: '/there/console.log'}, config.log_paths(self.leave()))
        self.finish_leaving()
        self.assertEqual({printed(0)}, {histories.text()})
        self.assertEqual({0}, {piece.port for _, piece in histories.pieces})
        self.assertEqual(['-port1.kept'], self.names())
        self.assertIn(f'{self.there} does not log serial port 1, whose log ends here',
                      self.infos())
        self.assertIn(f'{self.there} cannot receive the console history of serial port 1',
                      self.infos())

    def test_first_port_alone_goes_to_a_host_without_the_plugin(self) -> None:
        copied: list[Any] = []
        self.patch(sender, 'copy_over', lambda *copy: copied.append(copy[:2]))
        self.rpc.start_host(self.there)
        nova_path = base.nova_log_path(self.server)
        self.assertEqual({0: nova_path}, config.log_paths(self.leave()))
        self.finish_leaving()
        self.assertEqual([(printed(0), nova_path)], copied)
        self.assertEqual(['-port1.kept'], self.names())

    def test_log_that_does_not_arrive_is_kept_and_the_others_go(self) -> None:
        histories = self.start_there()
        self.leave()
        second = self.logs_directory / f'{self.server.uuid}-here.console-port1'
        second.unlink()
        second.mkdir()
        self.finish_leaving()
        self.assertEqual(printed(0), histories.text(0))
        self.assertEqual(['-port1.kept'], self.names())
        warning, *_ = self.warnings_about(self.server)
        self.assertIn('Failed to send the console history of serial port 1 to', warning)

    def test_all_answers_together_are_waited_for_no_longer_than_one(self) -> None:
        self.patch(sender, 'TIMEOUT', 0.3)
        histories = self.start_there()
        histories.then = lambda: time.sleep(0.2)
        self.write(0, 1, 2)
        began = time.monotonic()
        self.leave()
        self.assertLess(time.monotonic() - began, 2)
        self.assertIn('where it logs consoles', self.warnings_about(self.server)[0])

    def test_only_what_is_elsewhere_there_is_sent_on_shared_storage(self) -> None:
        self.migrate_data.is_shared_instance_path = True
        histories = self.start_there()
        histories.log_path = self.consoles.get_log_path(self.server)
        self.leave()
        self.finish_leaving()
        self.assertEqual([1], [piece.port for _, piece in histories.pieces])
        self.assertEqual([''], self.names())


class TestColdMigration(LoggedPortsTestCase):
    def test_each_history_is_sent_and_noted(self) -> None:
        histories = self.start_there()
        self.make_migration(self.server, dest_compute=self.there)
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual([printed(0), printed(1)], [histories.text(0), histories.text(1)])
        self.assertEqual(
            {'.sent', '-port1.sent'}, {name for name in self.names() if 'sent' in name})

    def test_further_ports_are_not_noted_as_sent_to_an_older_host(self) -> None:
        self.start_old()
        self.make_migration(self.server, dest_compute=self.there)
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual(['.sent'], [name for name in self.names() if 'sent' in name])

    def test_only_what_each_port_printed_here_is_sent_back(self) -> None:
        histories = self.start_there()
        self.server.task_state = 'resize_reverting'
        self.make_migration(self.server, source_compute=self.there, dest_compute='here',
                            status='reverting')
        for path in self.consoles.get_current_log_paths(self.server).values():
            history.insert_as_oldest(path, b'printed there', 3)
        self.moves.revert_resize(support.admin(), self.server)
        self.assertEqual([printed(0), printed(1)], [histories.text(0), histories.text(1)])
        self.assertEqual([], self.names())

    def test_guest_that_libvirt_does_not_tell_of_leaves_with_all_its_logs(self) -> None:
        histories = self.start_there()
        self.make_migration(self.server, dest_compute=self.there)
        self.domain.destroy()
        self.domain.undefine()
        self.moves.migrate_disk_and_power_off(support.admin(), self.server)
        self.assertEqual([printed(0), printed(1)], [histories.text(0), histories.text(1)])
        self.assertEqual([], self.warnings_about(self.server))
