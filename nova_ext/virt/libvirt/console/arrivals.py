# SPDX-License-Identifier: Apache-2.0
"""The serial ports of guests that migrate live to this host.

Nova acquires as many as the server's flavor has, whether or not the guest comes with any.
"""

from __future__ import annotations

import threading
from typing import Any

from oslo_log import log as logging

from nova_ext.virt.libvirt.console import ports

LOG = logging.getLogger(__name__)


class Arrivals:
    """What was acquired for them."""

    def __init__(self, host_ports: ports.Ports) -> None:
        """Know the host.

        :param host_ports: the ports of its guests
        """
        self._ports = host_ports
        self._lock = threading.Lock()
        #: By server, the server and its ports.
        self._acquired: dict[str, tuple[Any, set[ports.Port]]] = {}

    def expected(self) -> list[Any]:
        """The servers whose guests have not come yet."""
        with self._lock:
            return [instance for instance, _ in self._acquired.values()]

    def pre_live_migration(self, instance: Any, migrate_data: Any) -> None:
        """Note the ports that Nova has acquired for a guest before it comes."""
        acquired = _acquired(migrate_data)
        earlier = self._forget(instance)
        with self._lock:
            self._acquired[instance.uuid] = (instance, acquired)
        ports.release(earlier - acquired)

    def post_live_migration_at_destination(self, instance: Any) -> None:
        """Give back those ports that the guest that came does not use.

        Where libvirt does not tell which it uses, it may be any of them.
        """
        acquired = self._forget(instance)
        if not acquired:
            return
        listening = self._ports.get_used(instance)
        used = acquired if listening is None else acquired.intersection(listening)
        if used:
            self._ports.add(instance, used)
        for address, port in acquired - used:
            ports.release([(address, port)])
            LOG.info('Released serial port %s:%d, which the guest does not use', address, port,
                     instance=instance)

    def rollback_live_migration_at_destination(self, instance: Any) -> None:
        """Forget a guest whose migration here was rolled back; Nova gives its ports back."""
        self._forget(instance)

    def pre_live_migration_failed(self, migrate_data: Any) -> None:
        """Give back what was acquired for a guest before its preparation failed."""
        ports.release(_acquired(migrate_data))

    def _forget(self, instance: Any) -> set[ports.Port]:
        """Forget a guest, and return the ports that were acquired for it."""
        with self._lock:
            _, acquired = self._acquired.pop(instance.uuid, (instance, set()))
        return acquired


def _acquired(migrate_data: Any) -> set[ports.Port]:
    """The ports in a nova.objects.LibvirtLiveMigrateData, or in none."""
    if not migrate_data or 'serial_listen_ports' not in migrate_data:
        return set()
    return {(migrate_data.serial_listen_addr, port) for port in migrate_data.serial_listen_ports}
