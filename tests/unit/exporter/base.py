# SPDX-License-Identifier: Apache-2.0
"""The exporter over a cloud on the loopback interface, in this process."""

from __future__ import annotations

import os
import threading
import urllib.request
from typing import Any, Optional

import fixtures

from nova_ext.exporter import clouds, refresher, server, service, settings
from nova_ext.exporter.store import Store
from tests.fixtures import exported_cloud
from tests.fixtures.exported_cloud import Host
from tests.unit import base
from tests.unit.openmetrics import entries, parsing


class ExporterTestCase(base.TestCase):
    """Two hosts with a server each, and what asks and serves."""

    def setUp(self) -> None:
        """Start the cloud; nothing is asked yet."""
        super().setUp()
        for name in os.environ:
            if name.startswith('OS_'):
                self.useFixture(fixtures.EnvironmentVariable(name))
        self.useFixture(fixtures.EnvironmentVariable('HOME', str(self.make_directory())))
        self.cloud = self.useFixture(exported_cloud.ExportedCloud())
        for name in ('compute1', 'compute2'):
            self.cloud.hosts[name] = Host([entries.make_entry(f'on-{name}', host=name)])

    def use_environment(self) -> None:
        """Have the credentials in the environment."""
        for name, value in self.cloud.environment().items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def prepare(self, *arguments: str) -> None:
        """Make the parts of an exporter, which are told some arguments."""
        self.use_environment()
        self.settings = settings.parse(['--listen-address', '127.0.0.1:0', *arguments])
        self.store = Store(self.settings.max_age)
        self.refresher = refresher.Refresher(
            self.settings, clouds.connect(self.settings), self.store)

    def serve(self) -> str:
        """Serve, and return the address."""
        listening = server.Server('127.0.0.1', 0, self.read)
        self.addCleanup(listening.server_close)
        self.addCleanup(listening.shutdown)
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        return f'http://127.0.0.1:{listening.server_port}'

    def read(self) -> Any:
        """Return the blocks of a scrape."""
        return service._read(self.store, self.settings)

    def scrape(self) -> bytes:
        """Return the text of a scrape."""
        return b''.join(block.text() for block in self.read())

    def value(self, name: str, **labels: str) -> Optional[float]:
        """Return one value of a scrape."""
        return parsing.value(self.scrape(), name, **labels)


def get(url: str, **headers: str) -> Any:
    """Ask over HTTP, and return the response."""
    request = urllib.request.Request(
        url, headers={name.replace('_', '-'): value for name, value in headers.items()})
    return urllib.request.urlopen(request, timeout=30)
