# SPDX-License-Identifier: Apache-2.0
"""Questions to guests' QEMU processes, each on a libvirt connection of its own.

A question that hangs must not share a connection with anything: libvirt's client can leave an
answer to another call unread for as long as the first one hangs (seen with libvirt 9.0), and
libvirtd serves only five requests of one client at a time. So Nova's connection is never used
for what needs a guest's monitor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import libvirt
from oslo_log import log as logging

from nova_ext.virt.libvirt import bounded

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Questions in flight. Each that hangs holds one of libvirtd's 20 workers, which Nova needs too.
LIMIT = 5


#: Domains that a connection remembers, to save looking each up again.
_REMEMBERED = 500


class _Line:
    """A libvirt connection that one question at a time may use."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._domains: dict[str, Any] = {}

    def ask(self, uuid: str, question: Callable[[Any, Any], T]) -> T:
        domain = self._domains.get(uuid)
        if domain is None:
            domain = self.connection.lookupByUUIDString(uuid)
            if len(self._domains) >= _REMEMBERED:
                self._domains.clear()
            # It goes on naming the guest when that is defined anew: libvirtd goes by the UUID.
            self._domains[uuid] = domain
        return question(self.connection, domain)


class Monitors:
    """Asks the guests of one host, each within a bound."""

    def __init__(self, connect: Callable[[], Any], timeout: float) -> None:
        """Make an asker.

        :param connect: opens another libvirt.virConnect to the host's libvirtd
        :param timeout: seconds to wait for an answer
        """
        self._connect = connect
        self._calls = bounded.BoundedCalls(timeout, LIMIT)
        self._lock = threading.Lock()
        self._idle: list[_Line] = []

    def ask(self, uuid: str, question: Callable[[Any, Any], T]) -> bounded.Call[T]:
        """Begin to ask about one guest.

        :param uuid: the guest
        :param question: takes a libvirt.virConnect that nobody else uses and the guest's
            libvirt.virDomain on it
        :returns: a call whose ``result()`` waits for the answer, within the bound
        :raises nova_ext.exception.GuestNotResponding: it cannot be asked
        """
        return self._calls.start(uuid, lambda: self._ask(uuid, question))

    def _ask(self, uuid: str, question: Callable[[Any, Any], T]) -> T:
        line = self._take()
        try:
            return line.ask(uuid, question)
        except libvirt.libvirtError:
            if line.connection.isAlive():
                raise
            LOG.debug('A connection to libvirt has died; asking again on a new one',
                      instance_uuid=uuid)
            line = _Line(self._connect())
            return line.ask(uuid, question)
        finally:
            with self._lock:
                self._idle.append(line)

    def _take(self) -> _Line:
        """A line that nobody uses."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Line(self._connect())
