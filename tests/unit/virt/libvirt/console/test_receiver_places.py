# SPDX-License-Identifier: Apache-2.0
"""Where the log of a server that comes to a host is."""

from __future__ import annotations

from pathlib import Path

import ddt

from nova_ext.virt.libvirt.console import receiver
from tests.unit import support
from tests.unit.virt.libvirt.console import base, moving


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
        path = receiver.resize_path(str(self.directory / log.format(server.uuid)), server)
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
