# SPDX-License-Identifier: Apache-2.0
"""Serves what is known over HTTP, at /metrics."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from oslo_log import log as logging

from nova_ext.exporter.blocks import Block
from nova_ext.openmetrics import exposition

LOG = logging.getLogger(__name__)

PATH = '/metrics'

_FRONT = f'nova-ext-exporter: the figures are at {PATH}\n'.encode()

#: Blocks that are sent together, where they are sent as text.
_AT_ONCE = 100

#: Returns the text of a scrape, in pieces.
Read = Callable[[], Iterable[Block]]


class Server(http.server.ThreadingHTTPServer):
    """Answers each client in a thread of its own."""

    daemon_threads = True

    def __init__(self, address: str, port: int, read: Read) -> None:
        """Listen.

        :param read: what is served
        :raises OSError: it cannot listen there
        """
        if ipaddress.ip_address(address).version == 6:
            self.address_family = socket.AF_INET6
        self.read = read
        super().__init__((address, port), _Handler)

    def server_bind(self) -> None:
        """Listen, without a look at what DNS says of the address."""
        socket_server: Any = super(http.server.HTTPServer, self)
        socket_server.server_bind()
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = 'HTTP/1.1'
    server_version, sys_version = 'nova-ext-exporter', ''

    #: Seconds that a client may take to send a request, or to take in a piece of the answer.
    timeout = 30

    def do_GET(self) -> None:
        """Answer."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        try:
            path = urllib.parse.urlsplit(self.path).path
        except ValueError:  # a port or an address that is none, in a full URL
            path = ''
        if path == '/':
            self._send(200, 'text/plain; charset=utf-8', [_FRONT], {}, with_body=with_body)
        elif path != PATH:
            self._send(404, 'text/plain; charset=utf-8', [_FRONT], {}, with_body=with_body)
        else:
            blocks = list(self.server.read())
            headers = {'Vary': 'Accept-Encoding'}
            if _takes_gzip(self.headers.get('Accept-Encoding', '')):
                headers['Content-Encoding'] = 'gzip'
                pieces: Iterable[bytes] = [b''.join(block.compressed for block in blocks)]
                length = sum(len(block.compressed) for block in blocks)
            else:
                pieces, length = _texts(blocks), sum(block.size for block in blocks)
            self._send(200, exposition.CONTENT_TYPE, pieces,
                       {**headers, 'Content-Length': str(length)}, with_body=with_body)

    def _send(self, status: int, content_type: str, pieces: Iterable[bytes],
              headers: dict[str, str], *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in {'Content-Type': content_type,
                            'Content-Length': str(len(_FRONT)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            for piece in pieces:
                self.wfile.write(piece)

    def log_message(self, format: str, *args: Any) -> None:
        """Log a request where somebody wants to know."""
        LOG.debug('%s: %s', self.address_string(), format % args)

    def handle(self) -> None:
        """Answer until the client has enough; one that goes away is nobody's concern."""
        try:
            super().handle()
        except OSError as error:
            LOG.debug('%s: %s', self.address_string(), error)


def _texts(blocks: list[Block]) -> Iterator[bytes]:
    """The text of blocks, in pieces of some hundred KiB."""
    for begin in range(0, len(blocks), _AT_ONCE):
        yield b''.join(block.text() for block in blocks[begin:begin + _AT_ONCE])


def _takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    for part in header.lower().split(','):
        name, _, parameters = part.partition(';')
        if name.strip() in ('gzip', 'x-gzip', '*'):
            return parameters.replace(' ', '') not in ('q=0', 'q=0.0', 'q=0.00', 'q=0.000')
    return False
