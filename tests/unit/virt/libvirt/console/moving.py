# SPDX-License-Identifier: Apache-2.0
"""Test cases of what moves from host to host: console logs, and the guests that write them."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from nova_ext.compute import console_history, rpcapi
from nova_ext.virt.libvirt.console import (
    arrivals,
    leftovers,
    moves,
    ports,
    receiver,
    sender,
)
from tests.fixtures import libvirt
from tests.unit import support
from tests.unit.virt.libvirt.console import base, domains
from tests.unit.virt.libvirt.console import virtlogd_files as files


class SenderTestCase(base.TwoHostsTestCase):
    """A :attr:`sender` and the :attr:`log` of a :attr:`server`, three files.

    The server is not in Nova's database, and the other host is not running.
    """

    def setUp(self) -> None:
        super().setUp()
        self.sender = self.make_sender()
        self.server = support.instance()
        self.log = self.directory / 'console.log'
        files.make(self.log, b'new', b'older,', b'oldest,')

    def make_sender(self) -> sender.Sender:
        """Return a sender that has the current time limit."""
        return sender.Sender(
            self.conf, rpcapi.ComputeAPI(sender.TIMEOUT),
            receiver.Receiver(self.conf, self.consoles), self.consoles)

    def send(self, **options: Any) -> bool:
        """Send the log to the other host, and return whether it has arrived."""
        return self.sender.send(
            support.context(), self.server, self.there, {0: str(self.log)}, **options) == {0}


class Transfer:
    """A history that another host sends piece by piece."""

    def __init__(self, to: receiver.Receiver, server: Any, *texts: bytes) -> None:
        self.to = to
        self.server = server
        self.texts = texts
        self.uuid = str(uuid.uuid4())
        #: Where they were in the log that they come from.
        self.spans: tuple[console_history.Span, ...] = ()

    def send(self, *numbers: int) -> list[bool]:
        """Send the pieces with these numbers, or all of them, and return the replies."""
        return [
            self.to.add(support.admin(), self.server.uuid, console_history.Piece(
                self.uuid, number, len(self.texts), self.texts[number], self.spans))
            for number in numbers or range(len(self.texts))]


class ReceiverTestCase(base.HostTestCase):
    """A :attr:`receiver`, and a :attr:`server` on its way from the host ``there`` to here."""

    def setUp(self) -> None:
        super().setUp()
        self.receiver = receiver.Receiver(self.conf, self.consoles)
        self.server = self.make_arriving_server()

    def make_arriving_server(self) -> Any:
        """Return a server that comes from the host ``there``."""
        server = self.make_server(host='there')
        self.make_migration(
            server, source_compute='there', dest_compute='here', status='running')
        return server

    @property
    def log(self) -> Path:
        """Where the server's console is logged."""
        return Path(base.nova_log_path(self.server))

    def transfer(self, *texts: bytes) -> Transfer:
        """Return a history of the server in pieces with these texts."""
        return Transfer(self.receiver, self.server, *texts)


class MovesTestCase(base.TwoHostsTestCase):
    """The :attr:`moves` of this host's guests, and the :attr:`arrivals` among them."""

    def setUp(self) -> None:
        super().setUp()
        self.ports_here = ports.Ports(libvirt.make_queries())
        self.arrivals = arrivals.Arrivals(self.ports_here)
        self.moves = moves.Moves(
            self.conf, rpcapi.ComputeAPI(sender.TIMEOUT), self.consoles,
            leftovers.Leftovers(self.conf, self.consoles), self.arrivals)


class LiveMigrationTestCase(MovesTestCase):
    """A :attr:`server` whose guest leaves for the other host, which gives it no serial port.

    :attr:`migrate_data` is what Nova found out about that host. The guest has two serial ports,
    and its log says ``printed here``.
    """

    def setUp(self) -> None:
        from nova import objects

        super().setUp()
        self.server = self.make_server()
        self.migrate_data: Any = objects.LibvirtLiveMigrateData(
            is_shared_instance_path=False, serial_listen_addr=None, serial_listen_ports=[])
        log = self.make_log_path()
        Path(log).write_bytes(b'printed here')
        self.domain = self.define(self.server, domains.tcp(2, log=log), running=True)

    def make_log_path(self) -> str:
        """Return the path of the guest's log."""
        return base.nova_log_path(self.server)

    def leave(self) -> str:
        """Begin to leave, and return the configuration that the guest migrates with."""
        from nova.virt.libvirt import guest

        leaving = self.moves.live_migration_operation(
            support.admin(), self.server, self.there, self.migrate_data,
            guest.Guest(self.domain))
        return leaving.get_xml_desc(dump_migratable=True)

    def finish_leaving(self) -> None:
        """Leave for good."""
        self.moves.post_live_migration(support.admin(), self.server, self.migrate_data)
