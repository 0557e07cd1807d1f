# SPDX-License-Identifier: Apache-2.0
"""What requests for hypervisors may carry beside Nova's own query parameters."""

from __future__ import annotations

from nova_ext.api import query

#: One hypervisor: nothing.
SHOW_QUERY = query.NOTHING

#: What a host, an aggregate or a zone may be called: no database has anything else in a name.
_NAME = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'pattern': r'^[\x20-\uffff]+$'}

#: Lists: filters, of which a repeated one means any of its values.
LIST_QUERY = query.Schema({
    'type': 'object',
    'properties': {
        'state': {'type': 'array', 'items': {'enum': ['up', 'down']}},
        'status': {'type': 'array', 'items': {'enum': ['enabled', 'disabled']}},
        'host': {'type': 'array', 'items': _NAME},
        'aggregate': {'type': 'array', 'items': _NAME},
        'availability_zone': {'type': 'array', 'items': _NAME},
    },
    'additionalProperties': False,
})

#: The version that each filter needs.
LIST_VERSIONS = {
    'state': '1.1', 'status': '1.1', 'host': '1.2', 'aggregate': '1.2',
    'availability_zone': '1.2'}
