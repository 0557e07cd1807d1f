# SPDX-License-Identifier: Apache-2.0
"""The three questions that ironic is asked about a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional, Protocol

from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.virt.ironic import node

#: The version of ironic's API in which nodes and ports are read: the oldest that a supported Nova
#: works with.
VERSION = '1.38'

#: The first that has inventories (2023.1).
INVENTORY_VERSION = '1.81'

#: What ironic answers that knows no inventories, or has none of a node.
_NO_INVENTORY = (404, 406)


class Connection(Protocol):
    """Makes requests of ironic: :class:`nova_ext.nova_compat.ironic.Connection`."""

    def get(self, path: str, version: str, query: Optional[Mapping[str, str]] = None, *,
            without: tuple[int, ...] = ()) -> Any:
        """Make one request."""


class Ironic:
    """Asks an ironic, each time in one request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def describe(self, instance: Any) -> Any:
        """The node that a server is on, as ironic's API shows it, with :data:`node.FIELDS`.

        :param instance: nova.objects.Instance
        :raises nova.exception.InstanceNotFound: it is on none
        :raises nova_ext.exception.HypervisorNotResponding: ironic cannot be reached
        :raises nova_ext.exception.NotResponding: it refuses
        """
        answer = self._connection.get(
            '/nodes', VERSION, {'instance_uuid': instance.uuid, 'fields': ','.join(node.FIELDS)})
        nodes = _part(answer, 'nodes')
        if not nodes:
            raise nova_exception.InstanceNotFound(instance_id=instance.uuid)
        return nodes[0]

    def ports(self, node_uuid: str) -> list[Any]:
        """A node's ports, as ironic's API shows them, with their addresses.

        :raises nova_ext.exception.NotResponding: ironic does not tell
        """
        answer = self._connection.get('/ports', VERSION, {'node': node_uuid, 'fields': 'address'})
        return list(_part(answer, 'ports'))

    def inventory(self, node_uuid: str) -> Any:
        """What the node's inspection has found; empty: there was none, or ironic keeps none.

        :raises nova_ext.exception.NotResponding: ironic does not tell
        """
        answer = self._connection.get(
            f'/nodes/{node_uuid}/inventory', INVENTORY_VERSION, without=_NO_INVENTORY)
        return {} if answer is None else _part(answer, 'inventory')


def _part(answer: Any, name: str) -> Any:
    """What an answer has under a name.

    :raises nova_ext.exception.NotResponding: it is no answer of ironic's
    """
    if not isinstance(answer, dict) or name not in answer:
        raise exception.NotResponding(f'ironic answers without {name}')
    return answer[name]
