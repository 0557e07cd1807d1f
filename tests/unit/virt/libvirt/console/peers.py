# SPDX-License-Identifier: Apache-2.0
"""Other hosts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_ext.compute import console_history, endpoints


class Histories:
    """Stands in for a host's receiver, and records what comes."""

    def __init__(self) -> None:
        #: Where the host logs the first serial port of every server.
        self.log_path = '/there/console.log'
        #: The servers whose log path was asked for, with the port.
        self.asked: list[tuple[str, int]] = []
        #: Each piece with its server.
        self.pieces: list[tuple[str, console_history.Piece]] = []
        #: Called before each reply.
        self.then: Callable[[], None] = lambda: None
        #: Whether all pieces are in their place.
        self.complete = True

    def get_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        self.asked.append((instance_uuid, port))
        self.then()
        return self.log_path + str(port) * bool(port)

    def add(self, context: Any, instance_uuid: str, piece: console_history.Piece) -> bool:
        self.pieces.append((instance_uuid, piece))
        self.then()
        return self.complete

    def text(self, port: int = 0) -> bytes:
        """Return all pieces of a port in the order in which they came."""
        return b''.join(piece.data for _, piece in self.pieces if piece.port == port)


def plugin(histories: Any) -> endpoints.ConsoleHistoryEndpoint:
    """Return the plugin's RPC endpoint on a host with this receiver."""
    return endpoints.ConsoleHistoryEndpoint(histories)
