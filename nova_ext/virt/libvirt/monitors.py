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
        self._idle: list[Any] = []

    def ask(self, uuid: str, question: Callable[[Any, Any], T]) -> T:
        """The answer to a question about one guest.

        :param uuid: the guest
        :param question: takes a libvirt.virConnect that nobody else uses and the guest's
            libvirt.virDomain on it
        :raises nova_ext.exception.GuestNotResponding: no answer in time
        :raises libvirt.libvirtError: libvirt refused, or the domain is gone
        """
        return self._calls.call(uuid, lambda: self._ask(uuid, question))

    def _ask(self, uuid: str, question: Callable[[Any, Any], T]) -> T:
        connection = self._take()
        try:
            return question(connection, connection.lookupByUUIDString(uuid))
        except libvirt.libvirtError:
            if connection.isAlive():
                raise
            LOG.debug('A connection to libvirt has died; asking again on a new one',
                      instance_uuid=uuid)
            connection = self._connect()
            return question(connection, connection.lookupByUUIDString(uuid))
        finally:
            with self._lock:
                self._idle.append(connection)

    def _take(self) -> Any:
        """A connection that nobody uses."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._connect()
