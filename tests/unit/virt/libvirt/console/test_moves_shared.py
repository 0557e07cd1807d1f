# SPDX-License-Identifier: Apache-2.0
"""Live migrations between hosts that log consoles in the same directory."""

from __future__ import annotations

from nova_ext.virt.libvirt.console import config, consoles, receiver
from tests.fixtures import libvirt
from tests.unit.virt.libvirt.console import base, domains, moving, peers
from tests.unit.virt.libvirt.console import virtlogd_files as files


class TestSharedDirectory(moving.LiveMigrationTestCase):
    """Both hosts have ``console_log_directory`` on the same file system."""

    def make_log_path(self) -> str:
        self.logs_directory = self.log_elsewhere()
        return self.consoles.get_log_path(self.server)

    def test_log_that_the_destination_writes_is_kept(self) -> None:
        conf = self.other_conf(self.there, log_directory=self.logs_directory)
        self.rpc.start_host(self.there, peers.plugin(receiver.Receiver(
            conf, consoles.Consoles(
                libvirt.make_queries(), conf, base.nova_log_path))))
        self.make_migration(self.server, dest_compute=self.there, status='running')
        path = config.log_paths(self.leave()).get(0)
        assert path is not None
        self.domain.destroy()
        self.define(self.server, domains.tcp(log=path), running=True)
        with open(path, 'ab') as log:  # as virtlogd opens it
            log.write(b', and there')
            self.finish_leaving()
            log.write(b' as well')
        self.assertEqual(b'printed here, and there as well', files.read(path))
        self.assertEqual([], [file for file in self.logs_directory.iterdir()
                              if file.name.startswith(f'{self.server.uuid}-here')])
