# SPDX-License-Identifier: Apache-2.0
"""Which guests' QEMUs answered when they were last asked.

Whoever asks one that hangs waits for as long as that lasts, and holds a worker of libvirtd.
libvirt itself tells how long a QEMU has owed somebody an answer, for the price of a call; one that
answered when it was last asked is not looked at so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import libvirt
from oslo_log import log as logging

from nova_ext import exception

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Guests of which it is remembered that they answered.
_REMEMBERED = 2000


class Answering:
    """The guests of one host, for all threads of a process."""

    def __init__(self, timeout: float) -> None:
        """Take the seconds after which a QEMU that has not answered is not asked."""
        self._timeout = timeout
        self._uuids: set[str] = set()

    def ask(self, uuid: str, question: Callable[[Any, Any], T], connection: Any, domain: Any) -> T:
        """Ask a guest, unless somebody else's question to it is not answered yet.

        :param question: takes the connection and the domain
        :param domain: the guest's libvirt.virDomain on the connection
        :raises nova_ext.exception.NotResponding: its QEMU owes somebody else an answer
        """
        if uuid not in self._uuids:
            self._check_unoccupied(domain)
        self.discard([uuid])
        answer = question(connection, domain)
        self.add([uuid])
        return answer

    def __contains__(self, uuid: str) -> bool:
        """Return whether the guest's QEMU is known to have answered last."""
        return uuid in self._uuids

    def add(self, uuids: Iterable[str]) -> None:
        """Note that guests' QEMUs have answered."""
        if len(self._uuids) >= _REMEMBERED:
            self._uuids.clear()
        self._uuids.update(uuids)

    def discard(self, uuids: Iterable[str]) -> None:
        """Note that it is not known whether guests' QEMUs answer."""
        self._uuids.difference_update(uuids)

    def _check_unoccupied(self, domain: Any) -> None:
        """Return unless the QEMU has owed another client of libvirt an answer for long."""
        try:
            seconds = occupied_for(domain)
        except libvirt.libvirtError as error:
            LOG.debug('Whether its QEMU answers is unknown: %s', error,
                      instance_uuid=domain.UUIDString())
            return
        if seconds > self._timeout:
            raise exception.NotResponding(
                f'its QEMU has not answered a question of another client for {int(seconds)} s')


def occupied_for(domain: Any) -> float:
    """Seconds for which a guest's QEMU has owed a client of libvirt an answer.

    0 when it owes none. Never waits for the guest, and logs nothing: it may be called in one of
    eventlet's native threads.

    :param domain: libvirt.virDomain
    :raises libvirt.libvirtError: it does not run, or libvirt's driver has no such call (LXC)
    """
    state, _, milliseconds = domain.controlInfo()
    return milliseconds / 1000 if state == libvirt.VIR_DOMAIN_CONTROL_OCCUPIED else 0.0
