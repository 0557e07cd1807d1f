# SPDX-License-Identifier: Apache-2.0
"""Nova's host aggregates."""

from __future__ import annotations

from typing import Optional

from nova_ext.cli import transport

Body = transport.Body

_PATH = '/os-aggregates'


class Aggregates:
    """Reads and changes them.

    Every method raises :class:`nova_ext.cli.exceptions.ClientError` when the API does not do it.
    """

    def __init__(self, api: transport.Transport) -> None:
        """Prepare; nothing is asked."""
        self._api = api

    def list(self) -> list[Body]:
        """All of them, with ``id``, ``name``, ``hosts`` and ``metadata``, by id."""
        found = self._api.get(_PATH, None)['aggregates']
        return sorted(found, key=lambda one: int(one['id']))

    def create(self, name: str) -> int:
        """Create one without an availability zone and return its id."""
        body = self._api.send('POST', _PATH, {'aggregate': {'name': name}})
        return int(body['aggregate']['id'])

    def set_metadata(self, aggregate_id: int, metadata: dict[str, Optional[str]]) -> None:
        """Change its metadata; a key whose value is None is removed, if it is there."""
        self._act(aggregate_id, 'set_metadata', {'metadata': metadata})

    def add_host(self, aggregate_id: int, host: str) -> None:
        """Add a compute host."""
        self._act(aggregate_id, 'add_host', {'host': host})

    def remove_host(self, aggregate_id: int, host: str) -> None:
        """Remove a compute host."""
        self._act(aggregate_id, 'remove_host', {'host': host})

    def delete(self, aggregate_id: int) -> None:
        """Delete one, which must be without hosts."""
        self._api.send('DELETE', f'{_PATH}/{aggregate_id}')

    def _act(self, aggregate_id: int, action: str, arguments: Body) -> None:
        self._api.send('POST', f'{_PATH}/{aggregate_id}/action', {action: arguments})
