# SPDX-License-Identifier: Apache-2.0
"""What several answers are made of."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

#: Both versions that were negotiated, in one header.
HEADER: Schema = {
    'type': 'object',
    'properties': {'openstack-api-version': {
        'type': 'string', 'pattern': r'^compute 2\.[0-9]+, nova-ext [0-9]+\.[0-9]+$'}},
    'required': ['openstack-api-version'],
}

#: A count, which may be unknown.
COUNT: Schema = {'type': ['integer', 'null'], 'minimum': 0}

TEXT: Schema = {'type': ['string', 'null'], 'minLength': 1}

#: A moment in UTC.
MOMENT: Schema = {
    'type': ['string', 'null'],
    'pattern': '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$'}


def closed(**properties: Schema) -> Schema:
    """An object with exactly these properties."""
    return {'type': 'object', 'properties': properties, 'required': sorted(properties),
            'additionalProperties': False}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    return {'anyOf': [schema, {'type': 'null'}]}


#: The pattern of a UUID.
UUID = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'

#: The names of the cells that a list was made without, by their UUIDs.
DOWN_CELLS: Schema = {
    'type': 'object',
    'patternProperties': {'^[0-9a-f-]{36}$': {'type': 'string'}},
    'additionalProperties': False}


def answer(body: Schema) -> Schema:
    """An answer with both versions in its header."""
    return {'status_code': [200], 'response_header': HEADER, 'response_body': body}


#: Announced maintenance, or null.
WINDOW = nullable(closed(start=MOMENT, end=MOMENT))

#: The same from 1.2.
WINDOW_1_2 = nullable(closed(start=MOMENT, end=MOMENT, reason=TEXT))
