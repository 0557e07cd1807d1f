# SPDX-License-Identifier: Apache-2.0
"""Reading and checking a query string."""

from __future__ import annotations

import urllib.parse
from typing import Any

import jsonschema
from webob import exc


def parse(query_string: str, schema: dict[str, Any]) -> dict[str, list[str]]:
    """The query's parameters, each with all its values.

    :param query_string: as in the WSGI environment
    :param schema: JSON schema of ``{parameter: [value, ...]}``
    :raises webob.exc.HTTPBadRequest: the query cannot be read or is not what the schema wants
    """
    try:
        query = urllib.parse.parse_qs(
            query_string, keep_blank_values=True, errors='strict', max_num_fields=1000)
    except ValueError as error:
        raise exc.HTTPBadRequest(
            explanation=f'The query string cannot be read: {error}.') from error
    unknown = sorted(set(query) - set(schema['properties']))
    if unknown:
        known = ', '.join(sorted(schema['properties'])) or 'none'
        raise exc.HTTPBadRequest(
            explanation=f'Unknown query parameter {unknown[0]!r}. Known here: {known}.')
    try:
        jsonschema.validate(query, schema)
    except jsonschema.ValidationError as error:
        name = error.path[0] if error.path else 'query'
        raise exc.HTTPBadRequest(
            explanation=f'Invalid query parameter {name}: {error.message}.') from error
    return query
