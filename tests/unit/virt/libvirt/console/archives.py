# SPDX-License-Identifier: Apache-2.0
"""A host that keeps logs of deleted servers."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from nova import exception as nova_exception

from nova_ext.virt.libvirt.console import archive, deleted, reading
from tests.fixtures import libvirt
from tests.unit.virt.libvirt.console import base, domains, servers

#: A server, and how many bytes all logs may have.
SERVER = '6f9619ff-8b86-4011-b42d-00cf4fc964ff'
QUOTA = 1024 * 1024

HOUR = 3600


class ArchiveTestCase(base.ConsoleTestCase):
    """:attr:`log` of :data:`SERVER` on a host that keeps logs in :attr:`kept`."""

    def setUp(self) -> None:
        super().setUp()
        self.kept = self.directory / 'nova-ext-deleted' / 'here'
        self.log = self.directory / SERVER / 'console.log'
        self.log.parent.mkdir()

    def keep(
            self, *, server: str = SERVER, port: int = 0, quota: int = QUOTA) -> archive.Kept:
        """Keep :attr:`log` as that of a server; return what is told of its size."""
        return archive.keep(str(self.log), str(self.kept), server, port, quota)

    def keep_for(self, hours: float, *, server: str = SERVER) -> None:
        """Have a log that is kept seem to be kept for so long already."""
        since = time.time() - hours * HOUR
        os.utime(self.kept / server / archive.SINCE, (since, since))

    def read(self, start: int = 0, *, port: int = 0, hours: float = 1,
             limit: int = QUOTA) -> tuple[bytes, int, int, int]:
        """Return what is read of the log that is kept."""
        part = archive.read(str(self.kept), SERVER, port, hours * HOUR, start, limit)
        return part.data, part.start, part.next, part.oldest

    def names(self, directory: Path) -> list[str]:
        """Return the names of the files in a directory."""
        return sorted(file.name for file in directory.iterdir())


class DeletedTestCase(servers.StartsTestCase):
    """A server on a host that keeps logs of deleted ones for an hour, in :attr:`kept`."""

    def setUp(self) -> None:
        super().setUp()
        self.conf.set_override('virt_type', 'qemu', 'libvirt')
        self.conf.set_override('console_log_after_delete', 1, 'nova_ext')
        self.kept = self.instances / 'nova-ext-deleted' / 'here'
        self.deleted = self.make_deleted()
        self.starts.prepare_logs(self.server, domains.domain(domains.tcp(
            log=str(self.nova_path), append='on')))
        self.nova_path.write_bytes(b'printed')

    def make_deleted(self) -> deleted.DeletedLogs:
        return deleted.DeletedLogs(
            self.conf, self.consoles, reading.Reader(libvirt.make_queries(), self.consoles))

    def delete(self) -> None:
        """Have the server's log kept as when it is deleted."""
        self.server.task_state = 'deleting'
        self.deleted.keep(self.server)

    def read(self, start: int = 0, port: int = 0) -> tuple[Any, ...]:
        """Read the log of the server when it is deleted."""
        self.server.deleted = True
        return tuple(self.deleted.read_console_log(self.server, start, 100, port))

    def assert_not_kept(self) -> None:
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'no longer, kept on its host'):
            self.read()

    def keep_for(self, hours: float) -> None:
        """Have the log seem to be kept for so long already."""
        since = time.time() - hours * HOUR
        os.utime(self.kept / self.server.uuid / archive.SINCE, (since, since))

    def messages(self, level: int) -> list[str]:
        """Return what was logged at a level with the server as its instance."""
        return [record.getMessage() for record in self.logs.records
                if record.levelno == level and self.server.uuid in (
                    f"{vars(record).get('instance')} {vars(record).get('instance_uuid')}")]
