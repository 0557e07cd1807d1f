# SPDX-License-Identifier: Apache-2.0
"""An API that answers as it is told, over HTTP, and the client that asks it."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from keystoneauth1 import adapter, noauth, session

from nova_ext.cli import client

OPERATIONS = ('/servers/{server_id}/diagnostics', '/servers/detail', '/os-hypervisors/detail')


class Cloud(http.server.ThreadingHTTPServer):
    """What it answers, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.url = f'http://127.0.0.1:{self.server_port}'
        #: Path: answers in turn, each a status and a body; the last one again and again.
        self.answers: dict[str, list[tuple[int, Any]]] = {}
        #: Path, query and the version header of each request.
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        self.serves()

    def serves(self, minimum: str = '1.0', maximum: str = '1.1',
               operations: tuple[str, ...] = OPERATIONS) -> None:
        """Have nova-ext, in these versions."""
        self.answers['/nova-ext'] = [(200, {
            'version': {'min_version': minimum, 'max_version': maximum},
            'operations': [{'method': 'GET', 'path': path} for path in operations]})]

    def adapter(self, **options: Any) -> adapter.Adapter:
        """The way to it."""
        return adapter.Adapter(
            session.Session(auth=noauth.NoAuth(endpoint=self.url)), service_type='compute',
            endpoint_override=self.url, **options)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        self.server.asked.append((
            url.path, urllib.parse.parse_qs(url.query),
            self.headers['OpenStack-API-Version']))
        answers = self.server.answers.get(url.path, [(404, {})])
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    server = Cloud()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def nova_ext(cloud: Cloud) -> client.Client:
    return client.Client(cloud.adapter(), timeout=5)
