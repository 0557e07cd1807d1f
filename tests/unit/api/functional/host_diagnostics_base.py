# SPDX-License-Identifier: Apache-2.0
"""Hosts that tell about their servers over RPC, for ``/nova-ext/diagnostics`` and its like."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection
from typing import Any, Optional

from nova_ext.compute import endpoints
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities
from tests.unit.api.functional import base

VERSION = 'compute 2.90, nova-ext 1.2'

LIST = '/nova-ext/diagnostics'


@dataclasses.dataclass
class Host:
    """A driver that tells about servers; those in :attr:`hung` do not respond."""

    name: str
    asked: list[list[str]] = dataclasses.field(default_factory=list)
    hung: set[str] = dataclasses.field(default_factory=set)
    error: Optional[Exception] = None
    failures: dict[str, int] = dataclasses.field(default_factory=dict)
    #: Servers that it has time for in a message.
    most: int = 1000
    #: What it raises of one message after the other.
    errors_later: list[Optional[Exception]] = dataclasses.field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return self.failures

    def collect_many(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        self.asked.append(list(uuids))
        error = self.errors_later.pop(0) if self.errors_later else self.error
        if error is not None:
            raise error
        return {uid: capabilities.Found(
            responding=uid not in self.hung,
            diagnostics=diagnostics.Diagnostics(state='running', driver='libvirt', num_cpus=1))
            for uid in list(uuids)[:self.most]}


class HostDiagnosticsTestCase(base.TestCase):
    """A cloud in which hosts can be started; at first there is none."""

    #: ``[nova_ext] rpc_timeout``.
    timeout = 5.0

    def setUp(self) -> None:
        super().setUp()
        self.app = self.make_app(rpc_timeout=self.timeout)

    def start_host(self, cell: str = 'cell1', **service: Any) -> Host:
        """Start a host that is up, with a hypervisor."""
        host = self.add_host(cell, **service)
        self.answer(host.name, endpoints.HostDiagnosticsEndpoint(host, host))
        return host

    def add_host(self, cell: str = 'cell1', **service: Any) -> Host:
        """Add the records of a host."""
        host = Host(f'host-{uuid.uuid4().hex[:8]}')
        self.cloud.add_hypervisor(host.name, cell=cell, **service)
        return host

    def answer(self, host: str, *answering: Any) -> None:
        """Have endpoints answer calls to a host."""
        self.rpc.start_host(host, *answering)

    def list_entries(self, query: str = '', path: str = LIST) -> list[dict[str, Any]]:
        """Return the entries of a page."""
        entries: list[dict[str, Any]] = self.get_json(f'{path}{query}', VERSION)['diagnostics']
        return entries

    def list_ids(self, query: str = '', path: str = LIST) -> list[str]:
        """Return the UUIDs of the servers in a page."""
        return [entry['server_id'] for entry in self.list_entries(query, path)]

    def read_error(self, path: str, status: int, **options: Any) -> str:
        """Return the message of an error, which must have that status."""
        response = self.get(path, options.pop('version', VERSION), **options)
        self.assertEqual(status, response.status_int, response.text)
        content, = response.json_body.values()
        return str(content['message'])
