# SPDX-License-Identifier: Apache-2.0
"""Which of nova-ext's operations a request is for, if any.

The table is what the controllers declare; nothing is found by name or by magic. Paths are
below Nova's endpoint and may begin with a project's id, as Nova's own may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar, Union

from nova_ext.api.controllers import base

R = TypeVar('R', bound=Union[base.Route, base.StockRoute])

#: A project's id where Nova's routes allow one.
_PROJECT = r'(?:/(?P<project_id>[0-9a-f\-]+))?'


class Router(Generic[R]):
    """Finds the route for a method and a path."""

    def __init__(self, routes: Iterable[R]) -> None:
        """Compile the table of every operation that is served."""
        self._table = [(_pattern(route.path), route) for route in routes]

    def match(self, method: str, path: str) -> tuple[R, dict[str, str]] | None:
        """The route for a request and the variables in its path; None: it is Nova's to answer.

        A project's id before the path is the variable ``project_id``.
        """
        for pattern, route in self._table:
            found = pattern.fullmatch(path) if route.method == method else None
            if found:
                return route, {
                    name: value for name, value in found.groupdict().items()
                    if value is not None}
        return None


def _pattern(template: str) -> re.Pattern[str]:
    """``/servers/{server_id}`` or ``/servers/{server_id:[0-9a-f-]+}`` as a regular expression."""
    parts = re.split(r'\{(\w+)(?::([^}]+))?\}', template)
    pattern = re.escape(parts[0])
    for name, values, text in zip(parts[1::3], parts[2::3], parts[3::3]):
        pattern += f'(?P<{name}>{values or "[^/]+"}){re.escape(text)}'
    return re.compile(_PROJECT + pattern)


def without_patterns(template: str) -> str:
    """A route's path as people read it, ``/servers/{server_id}``."""
    return re.sub(r'\{(\w+):[^}]+\}', r'{\1}', template)
