# SPDX-License-Identifier: Apache-2.0
"""Finding out what is known about a server, within a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Protocol, TypeVar

from oslo_log import log as logging

from nova_ext import exception
from nova_ext.concurrency import bounded, patience
from nova_ext.objects import diagnostics as objects
from nova_ext.virt import answers
from nova_ext.virt.ironic import diagnostics, node

LOG = logging.getLogger(__name__)

T = TypeVar('T')

#: Questions of each of the two kinds in flight. Those of the second kind come in pairs.
LIMIT = 8

#: What is asked for beside the node itself, and what is the case without it.
_PARTS = {
    'ports': 'The NICs are unknown',
    'inventory': 'The inventory is unknown',
}


class Ironic(Protocol):
    """What is asked, without a bound: :class:`nova_ext.virt.ironic.baremetal.Ironic`."""

    def describe(self, instance: Any) -> Any:
        """The node that a server is on."""

    def ports(self, node_uuid: str) -> list[Any]:
        """A node's ports."""

    def inventory(self, node_uuid: str) -> Any:
        """What the node's inspection has found."""


class Collector:
    """Finds out what is known about the servers of one ironic."""

    def __init__(self, ironic: Ironic, timeout: float) -> None:
        """Know whom to ask.

        :param timeout: seconds to wait for the node, and then for the rest
        """
        self._ironic = ironic
        waiting = patience.Patience(patience.LONG_WAITS)
        self._nodes = bounded.BoundedCalls(bounded.Bounds(
            'ironic', timeout, LIMIT, waiting, error=exception.HypervisorNotResponding))
        self._parts = bounded.BoundedCalls(bounded.Bounds(
            'ironic', timeout, 2 * LIMIT, waiting))

    def collect(
            self, instance: Any, version: str = objects.Diagnostics.VERSION,
    ) -> objects.Diagnostics:
        """What is known about a server now, null for what is not.

        :param instance: nova.objects.Instance
        :param version: no version is cheaper than another here
        :raises nova.exception.HypervisorUnavailable: ironic does not answer
        """
        return answers.collect(instance, diagnostics.DRIVER, lambda: self._collect(instance))

    def _collect(self, instance: Any) -> objects.Diagnostics:
        shown = self._nodes.start(
            instance.uuid, lambda: self._ironic.describe(instance)).result()
        uuid = shown['uuid']
        # Both are asked at the same time.
        ports = self._ask(instance, 'ports', lambda: self._ironic.ports(uuid))
        inventory = self._ask(instance, 'inventory', lambda: self._ironic.inventory(uuid))
        return diagnostics.make(node.parse(shown, ports(), inventory()))

    def _ask(
            self, instance: Any, what: str, question: Callable[[], T]
    ) -> Callable[[], Optional[T]]:
        """Begin to ask for one of the node's :data:`_PARTS`.

        :returns: waits for the answer; None: ironic does not tell
        """
        def note(error: exception.NotResponding) -> None:
            LOG.warning('%s: %s', _PARTS[what], error, instance=instance)

        try:
            call = self._parts.start((instance.uuid, what), question)
        except exception.NotResponding as error:
            note(error)
            return lambda: None

        def wait() -> Optional[T]:
            try:
                return call.result()
            except exception.NotResponding as error:
                note(error)
                return None

        return wait
