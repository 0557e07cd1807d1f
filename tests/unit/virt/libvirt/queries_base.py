# SPDX-License-Identifier: Apache-2.0
"""What the tests of questions to libvirt share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import libvirt

from nova_ext.virt.libvirt import queries
from tests.fixtures import libvirt as libvirt_fixtures
from tests.unit import base

T = TypeVar('T')

#: Seconds that a question may take; no test waits for so long.
TIMEOUT = 5.0

#: A guest that is not there.
MISSING = '0b07ff5c-6a1f-4ac6-a4c8-6d8b32a3d1b1'


class Connections:
    """Opens connections to libvirt's test driver and keeps them."""

    def __init__(self) -> None:
        self.opened: list[Any] = []

    def __call__(self) -> Any:
        connection = libvirt.open('test:///default')
        self.opened.append(connection)
        return connection


def get_connection(connection: Any, domain: Any) -> Any:
    """Answer with the connection on which the question is asked."""
    return connection


class QueriesTestCase(base.TestCase):
    """Three guests, :attr:`uuids`, and what asks them, :attr:`queries`."""

    def setUp(self) -> None:
        super().setUp()
        self.libvirt = self.useFixture(libvirt_fixtures.LibvirtConnection())
        self.connections = Connections()
        self.uuids = [self.libvirt.define_guest().UUIDString() for _ in range(3)]
        self.queries = queries.Queries(self.connections, TIMEOUT)

    def ask(self, uuid: str, question: Callable[[Any, Any], T]) -> T:
        """Ask a guest and wait for the answer."""
        return self.queries.ask_guest(uuid, question).result()
