# SPDX-License-Identifier: Apache-2.0
"""What requests for the diagnostics of many servers may carry."""

from __future__ import annotations

from typing import Any

from nova_ext.api import query
from nova_ext.hosts.status import HostStatus

#: Nothing that a database may refuse to compare with.
_TEXT = {'type': 'string', 'minLength': 1, 'maxLength': 255, 'pattern': r'^[!-~]+\Z'}

_PAGE: dict[str, Any] = {
    # Python refuses to read a number of thousands of digits, be they zeros.
    'limit': {'type': 'array', 'maxItems': 1, 'items': {
        'type': 'string', 'pattern': r'^0{0,9}[1-9][0-9]{0,8}\Z'}},
    'marker': {'type': 'array', 'maxItems': 1, 'items': {
        'type': 'string', 'pattern': r'^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z'}},
}

#: Those of a hypervisor, page by page.
SHOW_QUERY = query.Schema(
    {'type': 'object', 'properties': _PAGE, 'additionalProperties': False})

#: Those of all hosts; a filter that is repeated means any of its values.
LIST_QUERY = query.Schema({
    'type': 'object',
    'properties': {
        'host': {'type': 'array', 'items': _TEXT},
        'project_id': {'type': 'array', 'items': _TEXT},
        'host_status': {
            'type': 'array', 'items': {'enum': [status.value for status in HostStatus]}},
        **_PAGE,
    },
    'additionalProperties': False,
})
