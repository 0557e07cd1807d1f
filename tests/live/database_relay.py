# SPDX-License-Identifier: Apache-2.0
"""A TCP relay between nova-api and a database, with which tests slow it down or let it fail."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

from sandbox import settings


class DatabaseRelay:
    """A port that forwards connections to MariaDB, until it is made to fail."""

    def __init__(self) -> None:
        self._silent = False
        self._delay = 0.0
        self._sockets: list[socket.socket] = []
        self._server = self._listen(0)
        self.port = int(self._server.getsockname()[1])

    def _listen(self, port: int) -> socket.socket:
        server = socket.create_server((settings.CONTROLLER_IP, port), backlog=64)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()
        return server

    def _accept(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the server socket is closed
            while True:
                client = server.accept()[0]
                database = socket.create_connection(
                    (settings.CONTROLLER_IP, settings.MYSQL_PORT))
                self._sockets += [client, database]
                for pair in ((client, database), (database, client)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(self._delay)
                while self._silent:
                    time.sleep(0.05)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all connections and the port."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._silent = False
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._sockets.clear()

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections."""
        self.close()
        try:
            yield
        finally:
            self._server = self._listen(self.port)

    @contextlib.contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Delay whatever is forwarded, in either direction."""
        self._delay = seconds
        try:
            yield
        finally:
            self._delay = 0.0

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Keep connections open and forward nothing."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False
