# SPDX-License-Identifier: Apache-2.0
"""A cloud whose compute hosts can be notified of renamed servers."""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Iterator
from typing import Any, Optional

import fixtures
from nova import context as nova_context
from nova import objects

from nova_ext import exception
from nova_ext.compute import rpcapi
from nova_ext.hosts import reachability
from tests.unit import support

#: In place of a server's ID: the thread that notifies the hosts ends.
STOP = 'stop'


class Context(str):
    """A context that is targeted at a cell, as far as anybody looks at it."""

    cell_uuid = 'cell1'


class FakeCloud(fixtures.Fixture):
    """Stands in for Nova's records and the compute hosts."""

    def __init__(self) -> None:
        """Have every server on host1 in cell1."""
        #: Context, host and server's ID of each call that a host received.
        self.notified: list[tuple[Any, str, str]] = []
        #: The servers that have no host, and those that are in no cell.
        self.unscheduled: set[str] = set()
        self.unmapped: set[str] = set()
        #: What the next look-up of a host raises.
        self.error: Optional[Exception] = None
        #: The hosts that do not answer, and how often one of them was waited for.
        self.silent_hosts: set[str] = set()
        self.timeouts = 0
        #: Cleared for as long as the hosts shall not answer.
        self.may_answer = threading.Event()
        self.may_answer.set()

    def _setUp(self) -> None:
        for target, name, replacement in (
                (objects.InstanceMapping, 'get_by_instance_uuid', self._mapping),
                (objects.Instance, 'get_by_uuid', self._instance),
                (nova_context, 'target_cell', self._target),
                (reachability.ComputeHosts, 'check_reachable', self._check),
                (rpcapi.ComputeAPI, 'refresh_metadata', self._refresh)):
            self.useFixture(fixtures.MockPatchObject(target, name, replacement))

    def _mapping(self, context: Any, server_id: str) -> Any:
        if server_id == STOP:
            raise SystemExit  # ends the thread
        if not context.is_admin:
            raise AssertionError('the context has no administrator')
        return types.SimpleNamespace(
            cell_mapping=None if server_id in self.unmapped else 'cell1')

    @contextlib.contextmanager
    def _target(self, context: Any, cell: Any) -> Iterator[Any]:
        yield Context(f'in {cell}')

    def _instance(self, context: Any, server_id: str, expected_attrs: Any) -> Any:
        return support.instance(
            uuid=server_id, host=None if server_id in self.unscheduled else 'host1')

    def _check(self, context: Any, host: str) -> None:
        if self.error:
            error, self.error = self.error, None
            raise error

    def _refresh(self, context: Any, host: str, server_id: str) -> None:
        self.may_answer.wait(5)
        if host in self.silent_hosts:
            self.timeouts += 1
            raise exception.ComputeHostUnavailable(host, 'no answer')
        self.notified.append((context, host, server_id))
