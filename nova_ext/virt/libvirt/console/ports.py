# SPDX-License-Identifier: Apache-2.0
"""The serial ports of a host's guests, beside Nova's own account of what is acquired.

Nova acquires ports for a guest's new configuration, and gives back those of the old one when it
destroys the guest. For a rescue the new one is made first, so that a guest would need twice as
many: it keeps its own. What was acquired for a start or a migration that failed is given back, and
nothing is given back twice, when it may be another guest's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Optional

import libvirt
from nova.console import serial
from oslo_log import log as logging

from nova_ext.virt.libvirt import queries
from nova_ext.virt.libvirt.console import config
from nova_ext.virt.libvirt.diagnostics import domain as domain_xml

LOG = logging.getLogger(__name__)

#: An address of this host and a port there.
Port = tuple[str, int]


class Ports:
    """Which of the ports that this process has acquired belong to which server."""

    def __init__(self, host_queries: queries.Queries) -> None:
        """Know the host.

        :param host_queries: asks its libvirt
        """
        self._queries = host_queries
        self._lock = threading.Lock()
        #: By server, those of its newest configuration, whether or not a domain has it yet.
        self._taken: dict[str, set[Port]] = {}
        #: Servers whose guest is destroyed by Nova now, or only to be started anew.
        self._destroyed: set[str] = set()
        self._replaced: set[str] = set()

    def take(self, server: Any, addresses: Sequence[str]) -> list[int]:
        """Take ports for a guest's new configuration, its own first: all of them or none.

        Where libvirt does not tell which are its own, those count that were taken before.

        :param server: nova.objects.Instance, or Nova's configuration of its guest
        :param addresses: for each port, where the guest listens
        :raises nova.exception.SocketPortRangeExhaustedException: there are not enough
        """
        used = self.get_used(server)
        earlier = self.forget(server)
        own = sorted(earlier) if used is None else used
        release(earlier.difference(own))
        ports: list[Port] = []
        try:
            for address in addresses:
                free = (port for port in own if port[0] == address and port not in ports)
                ports.append(next(free, None) or (address, serial.acquire_port(address)))
        except Exception:
            release(set(ports).difference(own))
            self.add(server, earlier.intersection(own))
            raise
        # Nobody else gets those on which the guest still listens.
        release(earlier.intersection(own).difference(ports))
        self.add(server, ports)
        return [number for _, number in ports]

    def add(self, server: Any, ports: Iterable[Port]) -> None:
        """Note the ports of a server's newest configuration, and that they are not free."""
        with self._lock:
            self._taken[server.uuid] = set(ports)
        # After a restart Nova knows nothing of the ports of the guests that run.
        serial.ALLOCATED_PORTS.update(self._taken[server.uuid])

    def get_used(self, server: Any) -> Optional[list[Port]]:
        """The ports on which a guest listens; a guest that does not run has given back its own.

        :param server: as for :meth:`take`
        :returns: None: they are unknown, for a reason that is logged
        """
        xml = self._read_xml(server)
        if xml is None:
            return None
        return config.serial_ports(xml) if xml and domain_xml.parse(xml).id else []

    def may_be_defined(self, server: Any) -> bool:
        """Whether a guest's present configuration has serial ports, or it is unknown.

        :param server: as for :meth:`take`
        """
        xml = self._read_xml(server)
        return xml is None or bool(xml and config.serial_ports(xml))

    def _read_xml(self, server: Any) -> Optional[str]:
        """A guest's live XML; empty: it is not here; None: unknown.

        What Nova does with the guest goes on all the same, so nothing is raised.
        """
        try:
            xml: str = self._queries.ask_about(server.uuid, lambda _, domain: domain.XMLDesc(0))
            return xml
        except Exception as error:
            if (isinstance(error, libvirt.libvirtError)
                    and error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN):
                return ''
            LOG.warning('The serial ports of the guest are unknown, and those recorded for it '
                        'are kept: %s: %s', type(error).__name__, error,
                        instance_uuid=server.uuid)
            return None

    @contextlib.contextmanager
    def replacing(self, instance: Any) -> Iterator[None]:
        """A guest is destroyed meanwhile so that its new configuration can be started."""
        self._replaced.add(instance.uuid)
        try:
            yield
        finally:
            self._replaced.discard(instance.uuid)

    @contextlib.contextmanager
    def destroying(self, instance: Any) -> Iterator[None]:
        """Nova destroys a guest meanwhile, and gives back what :meth:`given_back` lets it."""
        self._destroyed.add(instance.uuid)
        try:
            yield
        finally:
            self._destroyed.discard(instance.uuid)
        if instance.uuid not in self._replaced:
            self.give_back(instance)

    def given_back(self, instance_uuid: str, ports: Iterable[Port]) -> list[Port]:
        """Those of a guest's ports that Nova may give back, if it is about to do so."""
        if instance_uuid not in self._destroyed:
            return list(ports)
        if instance_uuid in self._replaced:
            return []
        with self._lock:
            taken = self._taken.get(instance_uuid, set())
            mine = [port for port in ports if port in taken]
            taken.difference_update(mine)
            return mine

    def give_back(self, instance: Any) -> None:
        """Give back what was taken for a server that has no guest here any more."""
        release(self.forget(instance))

    def forget(self, instance: Any) -> set[Port]:
        """Forget the ports of a server, and return them."""
        with self._lock:
            return self._taken.pop(instance.uuid, set())


def release(ports: Iterable[Port]) -> None:
    """Give ports back to Nova."""
    for address, port in ports:
        serial.release_port(host=address, port=port)
