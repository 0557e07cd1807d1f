# SPDX-License-Identifier: Apache-2.0
"""What requests for hypervisors may carry beside Nova's own query parameters."""

from __future__ import annotations

from nova_ext.api import query

#: One hypervisor: nothing.
SHOW_QUERY = query.NOTHING

#: Lists: filters, of which a repeated one means any of its values.
LIST_QUERY = query.Schema({
    'type': 'object',
    'properties': {
        'state': {'type': 'array', 'items': {'enum': ['up', 'down']}},
        'status': {'type': 'array', 'items': {'enum': ['enabled', 'disabled']}},
    },
    'additionalProperties': False,
})

#: The version that each filter needs.
LIST_VERSIONS = {'state': '1.1', 'status': '1.1'}
