# SPDX-License-Identifier: Apache-2.0
"""What compute hosts have told about their servers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Optional

from nova_ext.compute import host_diagnostics
from nova_ext.db.record import Record
from nova_ext.virt import capabilities

#: The UUID of a cell, and a host there.
HostKey = tuple[str, str]


class Answers:
    """What hosts have told about servers, as it comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        #: What each host has told, by the server's UUID.
        self._told: dict[HostKey, host_diagnostics.HostReport] = {}
        #: Why hosts have told nothing.
        self.missing: dict[HostKey, str] = {}
        #: Why hosts were not asked, though they may be as healthy as the others.
        self._postponed: dict[HostKey, str] = {}

    def tell(self, host: HostKey, found: host_diagnostics.HostReport) -> None:
        """Take what a host has told; when it comes too late it is nothing."""
        with self._lock:
            if not self._is_closed:
                self._told[host] = found

    def miss(self, host: HostKey, reason: str) -> None:
        """Take why a host has told nothing."""
        with self._lock:
            if not self._is_closed:
                self.missing[host] = reason

    def postpone(self, host: HostKey, reason: str) -> None:
        """Take why there was no time to ask a host."""
        with self._lock:
            if not self._is_closed:
                self._postponed[host] = reason

    def close(self, hosts: Iterable[HostKey], reason: str) -> None:
        """Take no more; those of some hosts that have told nothing yet are missing."""
        with self._lock:
            self._is_closed = True
            for host in hosts:
                if host not in self._told and host not in self._postponed:
                    self.missing.setdefault(host, reason)

    def of(self, server: Record) -> Optional[capabilities.Found]:
        """What was told about a server; None: its host is missing."""
        told = self._told.get(key(server))
        return None if told is None else told.servers.get(server.uuid)

    def failures(self, record: Record) -> dict[str, int]:
        """How often a host has failed at what; empty: it has not told.

        :param record: of it, or of a server there
        """
        told = self._told.get(key(record))
        return {} if told is None else told.failures

    def first(self, servers: Sequence[Record]) -> Sequence[Record]:
        """The servers up to the first that there was no time for, with those of missing hosts.

        As long as nothing was told of those before, its host is missing instead: a page of which
        nothing was told would look like the last one, and the same host could be too late again.
        """
        is_any_told = False
        for number, server in enumerate(servers):
            host = key(server)
            if host in self.missing:
                continue
            if self.of(server) is not None:
                is_any_told = True
            elif is_any_told:
                return servers[:number]
            else:
                self.missing[host] = self._postponed.get(
                    host, 'it did not tell about all of its servers')
        return servers


def key(record: Record) -> HostKey:
    """The host of a server or of a hypervisor."""
    return record.cell, record.host_key
