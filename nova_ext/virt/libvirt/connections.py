# SPDX-License-Identifier: Apache-2.0
"""Connections to libvirt that are nova-ext's own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt
from oslo_log import log as logging

from nova_ext import exception

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Domains that a connection remembers, to save looking each up again.
_REMEMBERED = 500


class Connection:
    """A connection to libvirt that one question at a time may use."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        """Open a connection.

        :param connect: returns a libvirt.virConnect
        :raises nova_ext.exception.HypervisorNotResponding: libvirt cannot be reached
        """
        try:
            self.raw = connect()
        except libvirt.libvirtError as error:
            raise exception.HypervisorNotResponding(
                f'libvirt cannot be reached: {error}') from error
        self._domains: dict[str, Any] = {}

    def domain(self, uuid: str) -> Any:
        """A guest's libvirt.virDomain."""
        domain = self._domains.get(uuid)
        if domain is None:
            domain = self.raw.lookupByUUIDString(uuid)
            if len(self._domains) >= _REMEMBERED:
                self._domains.clear()
            # It goes on naming the guest when that is defined anew: libvirtd goes by the UUID.
            self._domains[uuid] = domain
        return domain


class Pool:
    """Connections that are open and not used at the moment."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._idle: list[Connection] = []

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Ask on a connection that nobody else uses."""
        connection = self._take()
        try:
            return question(connection)
        except libvirt.libvirtError as error:
            if not connection.raw.isAlive():
                LOG.debug('A connection to libvirt has died; asking again on a new one')
                connection = Connection(self._connect)
            elif error.get_error_code() is not None:
                raise
            else:
                # Freeing a domain clears the thread's last error, and Python may do so before
                # libvirt-python has read it: then nobody can tell that there is no such guest.
                LOG.debug('libvirt has refused for a reason that was lost; asking again')
            return question(connection)
        finally:
            with self._lock:
                self._idle.append(connection)

    def _take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return Connection(self._connect)
