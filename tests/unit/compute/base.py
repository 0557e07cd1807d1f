# SPDX-License-Identifier: Apache-2.0
"""Compute hosts with and without nova-ext on a real message bus inside this process."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any, Optional

import oslo_messaging as messaging
from nova.objects import diagnostics as nova_diagnostics

from nova_ext.compute import console_history, endpoints, rpcapi
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities
from tests.fixtures import configuration, rpc
from tests.unit import base, support

#: What a host with nova-ext answers.
ANSWER = diagnostics.Diagnostics.unknown(state='running', driver='libvirt')

ANSWERED = support.values(ANSWER)

#: The values of an answer in which nothing is known.
UNKNOWN = support.values(diagnostics.Diagnostics.unknown())

#: A piece of a console history.
PIECE = console_history.Piece(str(uuid.uuid4()), number=1, total=3, data=b'printed')


#: A part of a console log.
FAILURES = {'console_log': 0, 'metadata': 3}

PART = capabilities.LogPart(b'printed\x00\xff', start=70, next=79, oldest=7)


class NovaEndpoint:
    """The method of nova-compute's own that a host without nova-ext is called with."""

    def __init__(self, version: str = '6.0') -> None:
        self.target = messaging.Target(version=version)
        self.error: Optional[Exception] = None
        self.calls: list[Any] = []

    def get_instance_diagnostics(self, context: Any, instance: Any) -> Any:
        self.calls.append(instance)
        if self.error is not None:
            raise self.error
        answer = nova_diagnostics.Diagnostics(
            state='running', driver='libvirt', uptime=999, config_drive=False)
        answer.add_cpu(id=0, time=17)
        return answer


class Plugin:
    """A driver that offers everything, with a record of what it is asked."""

    def __init__(self) -> None:
        #: Its endpoints.
        self.endpoints = list(endpoints.make(capabilities.Capabilities(
            diagnostics=self, console_history=self, metadata=self, host_diagnostics=self,
            console_log=self, failures=self)))
        self.calls: list[Any] = []
        self.error: Optional[Exception] = None
        self.complete = True
        #: Servers that it has time for in a message, and what it raises after the first.
        self.most = 1000
        self.last: Optional[Exception] = None
        #: The version of each diagnostics that were asked for.
        self.versions: list[str] = []

    def _note(self, call: Any) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    def counts(self) -> dict[str, int]:
        return FAILURES

    def get_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        self._note((instance_uuid, port))
        return '/log'

    def add(self, context: Any, instance_uuid: str, piece: console_history.Piece) -> bool:
        self._note((instance_uuid, piece))
        return self.complete

    def read_console_log(
            self, instance: Any, start: int, limit: int, port: int = 0) -> capabilities.LogPart:
        self._note((instance.uuid, start, limit, port))
        return PART

    def refresh_local(self, instance_uuid: str) -> bool:
        self._note(instance_uuid)
        return False

    def collect(
            self, instance: Any, version: str = diagnostics.Diagnostics.VERSION,
    ) -> diagnostics.Diagnostics:
        self._note(instance)
        self.versions.append(version)
        return ANSWER

    def collect_many(self, uuids: Collection[str]) -> dict[str, capabilities.Found]:
        if self.last is not None and self.calls:
            raise self.last
        self._note(list(uuids))
        return {uuid: capabilities.Found(responding=True, diagnostics=ANSWER)
                for uuid in list(uuids)[:self.most]}


class FirstPluginEndpoint:
    """The endpoint of a host with the first version of nova-ext's RPC interface."""

    target = messaging.Target(namespace=rpcapi.NAMESPACE, version='1.0')

    def get_diagnostics(
            self, context: Any, instance: Any, object_version: str) -> dict[str, Any]:
        primitive: dict[str, Any] = ANSWER.obj_to_primitive()
        return primitive


def make_diagnostics_endpoint() -> endpoints.DiagnosticsEndpoint:
    """Make the only endpoint of a host whose driver offers diagnostics and no more."""
    return endpoints.DiagnosticsEndpoint(Plugin())


class RpcApiTestCase(base.TestCase):
    """A client, :attr:`api`, and an instance on a host that does not run yet.

    :attr:`nova` is an endpoint for it, :attr:`plugin` has more.
    """

    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.rpc = self.useFixture(rpc.Rpc(self.conf))
        self.context = support.context()
        self.api = rpcapi.ComputeAPI(5)
        self.nova = NovaEndpoint()
        self.plugin = Plugin()
        self.instance = self.make_instance()

    def make_instance(self) -> Any:
        """Make an instance on a host of its own."""
        return support.instance(host=f'host-{uuid.uuid4()}')

    def start_host(self, *given: Any, instance: Any = None) -> list[Any]:
        """Start the host of an instance, and return its endpoints as they can be changed.

        :param given: endpoints, or a plugin with some
        """
        every = [endpoint for one in given
                 for endpoint in (one.endpoints if isinstance(one, Plugin) else (one,))]
        return self.rpc.start_host((instance or self.instance).host, *every)

    def get_diagnostics(self, instance: Any = None) -> dict[str, Any]:
        """Return the values in what the client gets for an instance."""
        answer: dict[str, Any] = support.values(
            self.api.get_diagnostics(self.context, instance or self.instance))
        return answer
