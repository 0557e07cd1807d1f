# SPDX-License-Identifier: Apache-2.0
"""Lists that the API answers in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Optional

from nova_ext.cli import exceptions, transport

Body = transport.Body

#: The names of the cells that did not answer, by their UUIDs.
DownCells = dict[str, str]

#: Returns the page that a query is answered with.
Ask = Callable[[Body], Body]


def read_all(
        ask: Ask, name: str, query: Body, limit: Optional[int] = None, *,
        identity: str) -> tuple[list[Body], DownCells]:
    """What is on all pages of a list, and the cells that any of them was made without.

    :param name: of the collection in each page
    :param query: as the API takes it; values may be lists
    :param limit: how many at most; None: all
    :param identity: the key of what the API takes for a marker
    :raises nova_ext.cli.exceptions.ClientError: the API does not tell, or its pages have no end
    """
    found: list[Body] = []
    down: DownCells = {}
    for page in each(ask, name, query, limit, identity=identity):
        found += page[name]
        down.update(_down_cells(page))
    return found, down


def each(
        ask: Ask, name: str, query: Body, limit: Optional[int] = None, *,
        identity: str) -> Iterator[Body]:
    """Page after page, as long as the API links to another.

    The link's address may be one that only the API knows itself by, so it is not followed: the
    last of a page is the marker of the next. The arguments are as for :func:`read_all`.

    :raises nova_ext.cli.exceptions.ClientError: the API does not tell, or its pages have no end
    """
    query = {key: value for key, value in query.items() if value}
    markers = set()
    while limit is None or limit > 0:
        if limit is not None:
            query['limit'] = limit
        page = ask(query)
        yield page
        shown = page[name]
        if not shown or not page.get(f'{name}_links'):
            return
        query['marker'] = shown[-1][identity]
        if query['marker'] in markers:  # as of Nova, where cells have hypervisors of one number
            raise exceptions.ClientError(
                f'The API leads from page to page of {name} in a circle: again one ends with '
                f'{query["marker"]}.')
        markers.add(query['marker'])
        limit = None if limit is None else limit - len(shown)


def _down_cells(page: Body) -> DownCells:
    """The cells that a list was made without."""
    down = page.get('down_cells') or {}
    if isinstance(down, list):  # of an API from before it was an object
        return {cell['uuid']: cell['name'] or '' for cell in down}
    return dict(down)
