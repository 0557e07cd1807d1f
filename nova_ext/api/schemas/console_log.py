# SPDX-License-Identifier: Apache-2.0
"""What requests for console logs may carry."""

from __future__ import annotations

from nova_ext.api import query
from nova_ext.compute import console_log_codec
from nova_ext.virt import port_numbers

#: Bytes of an answer when nobody says: as many as Nova's own has at most.
DEFAULT_LIMIT = 100 * 1024

#: Where to begin, how many bytes at most, and on which serial port.
SHOW_QUERY = query.Schema({
    'type': 'object',
    'properties': {
        'start': {
            'type': 'array', 'maxItems': 1,
            'items': {'type': 'string', 'pattern': r'^-?[0-9]{1,16}\Z'}},
        'limit': {
            'type': 'array', 'maxItems': 1,
            'items': {'type': 'string', 'pattern': r'^[1-9][0-9]{0,6}\Z'}},
        'port': {
            'type': 'array', 'maxItems': 1,
            'items': {'enum': [str(port) for port in port_numbers.PORTS]}},
    },
    'additionalProperties': False,
})

#: The version that the parameters came with.
SHOW_VERSIONS = {'start': '1.2', 'limit': '1.2', 'port': '1.2'}

#: Bytes of an answer at most.
MAX_LIMIT = console_log_codec.MAX_BYTES
