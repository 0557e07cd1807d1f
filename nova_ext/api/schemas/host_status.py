# SPDX-License-Identifier: Apache-2.0
"""What requests for servers may carry beside Nova's own query parameters."""

from __future__ import annotations

from nova_ext.api import query
from nova_ext.hosts.status import HostStatus

#: One server: nothing.
SHOW_QUERY = query.NOTHING

#: Lists: a filter; repeated, it means any of its values.
LIST_QUERY = query.Schema({
    'type': 'object',
    'properties': {
        'host_status': {
            'type': 'array', 'items': {'enum': [status.value for status in HostStatus]}},
    },
    'additionalProperties': False,
})

#: The version that the filter needs.
LIST_VERSIONS = {'host_status': '1.1'}
