# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many servers."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import diagnostics, parts

_NAME: parts.Schema = {'type': 'string', 'minLength': 1}

_SERVER: dict[str, parts.Schema] = {
    **diagnostics.SERVER_1_2,
    # Of one that does not respond, nothing may be known.
    'state': {'enum': [*diagnostics.STATES, None]},
    'server_id': {'type': 'string', 'pattern': f'^{parts.UUID}$'},
    'server_name': {'type': 'string'},
    'project_id': _NAME,
    'host': _NAME,
    'responding': {'type': 'boolean'}}

_PAGE: parts.Schema = {
    'type': 'object',
    'properties': {
        'diagnostics': {'type': 'array', 'items': parts.closed(**_SERVER)},
        'diagnostics_links': {
            'type': 'array', 'minItems': 1, 'maxItems': 1,
            'items': parts.closed(rel={'const': 'next'}, href=_NAME)},
        'host_failures': {
            'type': 'object', 'minProperties': 1, 'additionalProperties': {
                'type': 'object', 'minProperties': 1,
                'additionalProperties': {'type': 'integer', 'minimum': 0}}},
    },
    'required': ['diagnostics'],
    'additionalProperties': False}

#: Of a hypervisor.
show = parts.answer(_PAGE)

#: Of all hosts.
index = parts.answer({
    **_PAGE,
    'properties': {
        **_PAGE['properties'],
        'missing_hosts': {
            'type': 'object', 'minProperties': 1, 'additionalProperties': _NAME},
        'down_cells': parts.DOWN_CELLS,
    }})
