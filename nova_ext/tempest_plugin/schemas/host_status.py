# SPDX-License-Identifier: Apache-2.0
"""Servers: only what nova-ext adds; the rest is Nova's to define.

Who may not see a status gets none of the fields, who may not see its reason neither of those.
"""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts

#: Empty: the server is on no host.
STATUSES = ['UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE', '']

def _server(window: parts.Schema, **added: parts.Schema) -> parts.Schema:
    """A server with what is announced, and with the fields of a newer version."""
    return {
        'type': 'object',
        'properties': {
            'id': {'type': 'string'},
            'host_status': {'enum': STATUSES},
            'host_maintenance': window,
            **added,
        },
        'required': ['id'],
    }


def _show(server: parts.Schema) -> parts.Schema:
    return parts.answer({
        'type': 'object', 'properties': {'server': server}, 'required': ['server']})


def _index(server: parts.Schema) -> parts.Schema:
    return parts.answer({
        'type': 'object',
        'properties': {
            'servers': {'type': 'array', 'items': server},
            'servers_links': {'type': 'array'},
            # Before 1.2 only when there are any; never for who may see no status.
            'down_cells': parts.DOWN_CELLS,
        },
        'required': ['servers'],
    })


_FLAG: parts.Schema = {'type': 'boolean'}

_SERVER = _server(parts.WINDOW)

_SERVER_1_2 = _server(
    parts.WINDOW_1_2,
    host_status_reason=parts.nullable(parts.closed(
        disabled=_FLAG, disabled_reason=parts.TEXT, forced_down=_FLAG, silent=_FLAG,
        last_seen_up=parts.MOMENT)),
    host_status_since=parts.MOMENT)

show, index = _show(_SERVER), _index(_SERVER)

show_1_2, index_1_2 = _show(_SERVER_1_2), _index(_SERVER_1_2)
