# SPDX-License-Identifier: Apache-2.0
"""What a compute driver may offer beyond Nova's own; each part is optional.

A driver gives a :class:`Capabilities` of the parts that it has. Over RPC, the host answers to the
methods of these parts, and refuses others as a host without nova-ext does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple, Optional, Protocol

from nova_ext.compute import console_history
from nova_ext.objects import diagnostics as objects


class Diagnostics(Protocol):
    """Tells what is known about servers."""

    def collect(
            self, instance: Any, version: str = objects.Diagnostics.VERSION,
    ) -> objects.Diagnostics:
        """What is known about a server now, null for what is not.

        :param instance: nova.objects.Instance on this host
        :param version: the version of Diagnostics that the caller shows; what that lacks need
            not be found out
        :raises nova.exception.HypervisorUnavailable: the hypervisor cannot be asked
        :raises nova.exception.InstanceNotFound: the server is not on this host
        """


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found out about one of many servers."""

    #: Whether what runs the server answered for it in time; what needs its answer is None if not.
    responding: bool
    #: One of :mod:`nova_ext.objects.light` stands for it as well.
    diagnostics: objects.Diagnostics


class HostDiagnostics(Protocol):
    """Tells what is known about many servers at once."""

    def collect_many(self, uuids: Collection[str]) -> Mapping[str, Found]:
        """What is known about some servers now, by UUID.

        Within a bound that does not depend on how many of them hang.

        :param uuids: of servers that may be on this host
        :returns: at least the first of them; for the rest there was no time
        :raises nova.exception.HypervisorUnavailable: the hypervisor cannot be asked
        """


class ConsoleHistory(Protocol):
    """Takes what servers printed on other hosts."""

    def get_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        """Where the console of a server that comes to this host is logged.

        :param port: the number of the serial port, one of :data:`nova_ext.virt.port_numbers.PORTS`
        :raises ValueError: the server does not come here
        """

    def add(self, context: Any, instance_uuid: str, piece: console_history.Piece) -> bool:
        """Take a piece; tell whether all of them are in their place now.

        :raises ValueError: it is not a piece of a history that may be put here
        :raises OSError: it cannot be written, or not in time
        """


class LogPart(NamedTuple):
    """Bytes of a console log that follow each other."""

    data: bytes
    #: The offset of the first of them, and that behind the last.
    start: int
    next: int
    #: The offset of the oldest byte that is kept.
    oldest: int


class ConsoleLog(Protocol):
    """Reads what servers printed."""

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> LogPart:
        """What a server has printed from an offset on; it begins and ends with a character.

        :param instance: nova.objects.Instance on this host
        :param start: an offset; negative: so many bytes before the end. What is not kept is left
            out
        :param limit: at most so many bytes, unless one character has more
        :param port: the number of the serial port on which it has
        :raises nova.exception.ConsoleNotAvailable: there is no log or it cannot be read, in words
            for the caller
        :raises nova_ext.exception.NotResponding: it cannot be read in time
        """


class Metadata(Protocol):
    """Keeps what the hypervisor has noted of servers true."""

    def refresh_local(self, uuid: str) -> bool:
        """Write what has changed of a server that is on this host.

        :returns: whether anything had
        :raises Exception: it could not be written
        """


class Failures(Protocol):
    """Counts what failed on the host and nobody was told, as it was logged."""

    def counts(self) -> Mapping[str, int]:
        """How often, since the start of nova-compute, by what it was about.

        The kinds are those of :mod:`nova_ext.virt.failures`; without those that the driver has
        nothing of.
        """


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """The parts that one host's driver has."""

    diagnostics: Optional[Diagnostics] = None
    console_history: Optional[ConsoleHistory] = None
    metadata: Optional[Metadata] = None
    host_diagnostics: Optional[HostDiagnostics] = None
    console_log: Optional[ConsoleLog] = None
    failures: Optional[Failures] = None
