# SPDX-License-Identifier: Apache-2.0
"""Servers: only what nova-ext adds; the rest is Nova's to define.

Who may not see a status gets neither field.
"""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts

#: Empty: the server is on no host.
STATUSES = ['UP', 'DOWN', 'UNKNOWN', 'MAINTENANCE', 'NEEDS_MAINTENANCE', '']

_SERVER: parts.Schema = {
    'type': 'object',
    'properties': {
        'id': {'type': 'string'},
        'host_status': {'enum': STATUSES},
        'host_maintenance': parts.WINDOW,
    },
    'required': ['id'],
}

show = parts.answer({
    'type': 'object', 'properties': {'server': _SERVER}, 'required': ['server']})

index = parts.answer({
    'type': 'object',
    'properties': {
        'servers': {'type': 'array', 'items': _SERVER},
        'servers_links': {'type': 'array'},
        # Only when there are any.
        'down_cells': parts.DOWN_CELLS,
    },
    'required': ['servers'],
})
