"""A guest's serial console, as a client of it sees it: a TCP port or a terminal of its host."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import termios
from collections.abc import Iterator


class SerialConsole:
    """A connection to a serial port."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send(self, data: bytes) -> None:
        """Type something."""
        while data:
            data = data[os.write(self._descriptor, data):]

    def receive(self, timeout: float) -> bytes:
        """What the guest has printed since; something, once it comes.

        :param timeout: seconds
        :raises TimeoutError: it does not come
        :raises ConnectionError: the port is closed
        """
        if not select.select([self._descriptor], [], [], timeout)[0]:
            raise TimeoutError(f'the guest has printed nothing for {timeout:g} s')
        data = os.read(self._descriptor, 65536)
        if not data:
            raise ConnectionError('the serial port was closed')
        return data


@contextlib.contextmanager
def serial_console(xml: str, address: str) -> Iterator[SerialConsole]:
    """Connect to the first serial port of a running domain.

    :param xml: the domain
    :param address: of its host
    :raises OSError: it has none
    """
    port = re.search(r"service='(\d+)'", xml)
    terminal = re.search(r"<serial type='pty'>\s*<source path='([^']+)'", xml)
    if port is not None:
        with socket.create_connection((address, int(port.group(1))), timeout=30) as connection:
            connection.settimeout(None)
            yield SerialConsole(connection.fileno())
    elif terminal is not None:
        descriptor = os.open(terminal.group(1), os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcflush(descriptor, termios.TCIFLUSH)
            yield SerialConsole(descriptor)
        finally:
            os.close(descriptor)
    else:
        raise ConnectionError('the domain has no serial port that anybody could connect to')
