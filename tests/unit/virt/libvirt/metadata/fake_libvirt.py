# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the calls to libvirt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from nova_ext import exception
from nova_ext.virt.libvirt import processes, start_times


class Queries:
    """Stands in for nova_ext.virt.libvirt.queries.Queries.

    Each call is made at once, and counted in :attr:`calls` by its name and its server.
    """

    def __init__(self, connection: Any) -> None:
        """Take a virConnect."""
        self._connection = connection
        self.calls: Counter[tuple[str, str]] = Counter()
        #: By server, the error that setMetadata raises.
        self.errors: dict[str, Exception] = {}
        #: Called before it does.
        self.before_error: Callable[[], object] = lambda: None
        #: The servers whose guests migrate; libvirt's test driver knows of no such job.
        self.migrating: set[str] = set()
        #: Whether libvirt does not answer at all.
        self.silent = False

    def ask_about(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> Any:
        """Make a call, and return what it returned."""
        if self.silent:
            raise exception.HypervisorNotResponding('no answer from libvirt')
        domain = self._connection.lookupByUUIDString(server_uuid)
        return question(self._connection, _Domain(self, domain, server_uuid))

    def ask_guest(self, server_uuid: str, question: Callable[[Any, Any], Any]) -> Queries:
        """Make a call."""
        self._answer = self.ask_about(server_uuid, question)
        return self

    def result(self) -> Any:
        """Return what the last call returned."""
        return self._answer

    def count(self, name: str) -> int:
        """Return the number of calls of that name."""
        return sum(count for (called, _), count in self.calls.items() if called == name)


class _Domain:
    def __init__(self, queries: Queries, domain: Any, server_uuid: str) -> None:
        self._queries, self._domain, self._uuid = queries, domain, server_uuid

    def __getattr__(self, name: str) -> Any:
        self._queries.calls[name, self._uuid] += 1
        if name == 'setMetadata' and self._uuid in self._queries.errors:
            self._queries.before_error()
            raise self._queries.errors[self._uuid]
        return getattr(self._domain, name)

    def jobInfo(self) -> list[int]:  # noqa: N802
        """Return what libvirt tells of a job; only the first number counts."""
        return [int(self._uuid in self._queries.migrating), *[0] * 11]


class StartTimes(start_times.StartTimes):
    """All guests were started at :attr:`time`, in seconds since 1970; None: it is unknown."""

    time: Any = 1_700_000_000.25

    def __init__(self) -> None:
        super().__init__(processes.Processes())

    def started_in(self, domain: Any, xml: str) -> Any:
        """Return the time."""
        return self.time
