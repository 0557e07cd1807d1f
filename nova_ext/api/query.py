# SPDX-License-Identifier: Apache-2.0
"""Reading and checking a query string."""

from __future__ import annotations

import urllib.parse
from collections.abc import Container, Iterable, Mapping
from typing import Any

import jsonschema
import microversion_parse
from webob import exc


class Schema:
    """A JSON schema of a query, ``{parameter: [value, ...]}``.

    It is compiled once, for all requests: that takes a hundred times as long as to use it.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        """Compile it.

        :raises jsonschema.SchemaError: it is none
        """
        jsonschema.Draft7Validator.check_schema(schema)
        self._validator = jsonschema.Draft7Validator(schema)
        #: The names of the parameters.
        self.names: frozenset[str] = frozenset(schema['properties'])

    def check(self, query: dict[str, list[str]]) -> None:
        """Return when a query is as it has to be.

        :raises jsonschema.ValidationError: it is not; of several reasons, the most telling
        """
        error = jsonschema.exceptions.best_match(self._validator.iter_errors(query))
        if error is not None:
            raise error


#: No parameter is known.
NOTHING = Schema({'type': 'object', 'properties': {}, 'additionalProperties': False})


def split(query_string: str, names: Container[str]) -> tuple[str, str]:
    """The part of a query with the named parameters, and the rest of it, untouched."""
    ours: list[str] = []
    rest: list[str] = []
    for part in query_string.split('&'):
        name = urllib.parse.unquote_plus(part.partition('=')[0])
        (ours if name in names else rest).append(part)
    return '&'.join(ours), '&'.join(rest)


def add_to_links(links: Iterable[dict[str, str]], query: Mapping[str, list[str]]) -> None:
    """Have the links of a collection lead to pages for the same query."""
    for link in links:
        if query:
            link['href'] += '&' + urllib.parse.urlencode(query, doseq=True)


def check_versions(
        query: Iterable[str], needed: Mapping[str, str],
        version: microversion_parse.Version) -> None:
    """Return when the version that was negotiated has all the query's parameters.

    :param needed: the version that a parameter needs, where that is not the first
    :raises webob.exc.HTTPBadRequest: it does not
    """
    for name in sorted(query):
        if name in needed and version < microversion_parse.parse_version_string(needed[name]):
            raise exc.HTTPBadRequest(
                explanation=f'The query parameter {name!r} needs nova-ext {needed[name]}; the '
                            f'request is for {version}.')


def parse(query_string: str, schema: Schema) -> dict[str, list[str]]:
    """The query's parameters, each with all its values.

    :param query_string: as in the WSGI environment
    :param schema: what they may be
    :raises webob.exc.HTTPBadRequest: the query cannot be read or is not what the schema wants
    """
    try:
        query = urllib.parse.parse_qs(
            query_string, keep_blank_values=True, errors='strict', max_num_fields=1000)
    except ValueError as error:
        raise exc.HTTPBadRequest(
            explanation=f'The query string cannot be read: {error}.') from error
    unknown = sorted(set(query) - schema.names)
    if unknown:
        known = ', '.join(sorted(schema.names)) or 'none'
        raise exc.HTTPBadRequest(
            explanation=f'Unknown query parameter {unknown[0]!r}. Known here: {known}.')
    try:
        schema.check(query)
    except jsonschema.ValidationError as error:
        name = error.path[0] if error.path else 'query'
        raise exc.HTTPBadRequest(
            explanation=f'Invalid query parameter {name}: {error.message}.') from error
    return query
