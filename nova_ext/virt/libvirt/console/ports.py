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
from typing import Any

import libvirt
from nova import exception as nova_exception
from nova.console import serial

from nova_ext.virt.libvirt.console import config

#: An address of this host and a port there.
Port = tuple[str, int]


class Ports:
    """Which of the ports that this process has acquired belong to which server."""

    def __init__(self, host: Any) -> None:
        """Know the host.

        :param host: nova.virt.libvirt.host.Host
        """
        self._host = host
        self._lock = threading.Lock()
        #: By server, those of its newest configuration, whether or not a domain has it yet.
        self._taken: dict[str, set[Port]] = {}
        #: Servers whose guest is destroyed by Nova now, or only to be started anew.
        self._destroyed: set[str] = set()
        self._replaced: set[str] = set()

    def take(self, server: Any, addresses: Sequence[str]) -> list[int]:
        """Take ports for a guest's new configuration, its own first: all of them or none.

        :param server: nova.objects.Instance, or Nova's configuration of its guest
        :param addresses: for each port, where the guest listens
        :raises nova.exception.SocketPortRangeExhaustedException: there are not enough
        """
        own = self.get_used(server)
        earlier = self.forget(server)
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

    def get_used(self, server: Any) -> list[Port]:
        """The ports on which a guest listens; a guest that does not run has given back its own.

        :param server: as for :meth:`take`
        """
        try:
            guest = self._host.get_guest(server)
            return config.serial_ports(guest.get_xml_desc()) if guest.is_active() else []
        except (nova_exception.NovaException, libvirt.libvirtError):
            return []  # it is not here, or has gone since it was found

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
