# SPDX-License-Identifier: Apache-2.0
"""Where the log of a server that comes to a host is."""

from __future__ import annotations

import os
from pathlib import Path

import ddt

from nova_ext.compute import console_history
from nova_ext.virt.libvirt.console import places
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains, moving
from tests.unit.virt.libvirt.console import virtlogd_files as files


@ddt.ddt
class TestParked(base.HostTestCase):
    @ddt.data(
        (False, 'instances/{0}/console.log', 'instances/{0}/console.log'),
        (True, 'instances/{0}/console.log', 'instances/{0}_resize/console.log'),
        (True, 'log/x.console', 'log/x.console'))
    @ddt.unpack
    def test_log_in_the_instance_directory_is_put_aside_with_it(
            self, has_parked: bool, log: str, expected: str) -> None:
        server = support.instance()
        if has_parked:
            (self.instances / f'{server.uuid}_resize').mkdir()
        path = places.resized_away(
            str(self.directory / log.format(server.uuid)), server, os.path.isdir)
        self.assertEqual(self.directory / expected.format(server.uuid), Path(path))


class TestGetLogPath(moving.ReceiverTestCase):
    def test_log_is_in_the_instance_directory_by_default(self) -> None:
        self.assertEqual(
            str(self.log), self.receiver.get_log_path(support.admin(), self.server.uuid))

    def test_log_is_in_the_configured_directory(self) -> None:
        directory = self.log_elsewhere()
        self.assertEqual(
            f'{directory}/{self.server.uuid}-here.console',
            self.receiver.get_log_path(support.admin(), self.server.uuid))
        self.assertEqual(
            f'{directory}/{self.server.uuid}-here.console-port2',
            self.receiver.get_log_path(support.admin(), self.server.uuid, 2))


class TestPut(moving.ReceiverTestCase):
    def put(self, port: int) -> None:
        """Receive what was printed on a port."""
        piece, = console_history.split(b'printed there', port=port)
        self.assertTrue(self.receiver.add(support.admin(), self.server.uuid, piece))

    def test_history_of_a_port_is_put_into_its_log(self) -> None:
        second = Path(f'{self.log}-port1')
        second.write_bytes(b', and here')
        self.put(1)
        self.assertEqual(b'printed there, and here', files.read(second))
        self.assertFalse(Path(f'{self.log}.0').exists())

    def test_history_of_a_port_that_is_not_logged_here_is_kept_for_a_later_start(self) -> None:
        self.define(self.server, domains.tcp(2, log=str(self.log)), running=True)
        self.put(1)
        self.assertEqual(b'printed there', files.read(Path(f'{self.log}-port1')))

    def test_history_of_a_port_is_put_aside_with_the_directory_of_a_server_that_returns(
            self) -> None:
        self.server = self.make_server(host='there')
        self.make_migration(
            self.server, source_compute='here', dest_compute='there', status='reverting')
        (self.instances / f'{self.server.uuid}_resize').mkdir()
        self.put(3)
        self.assertEqual(b'printed there', (
            self.instances / f'{self.server.uuid}_resize/console.log-port3').read_bytes())
