# SPDX-License-Identifier: Apache-2.0
"""Which of nova-ext's operations a request is for, if any.

The table is what the controllers declare; nothing is found by name or by magic. Paths are
below Nova's endpoint and may begin with a project's id, as Nova's own may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nova_ext.api.controllers import base

#: A project's id where Nova's routes allow one.
_PROJECT = r'(?:/[0-9a-f\-]+)?'


class Router:
    """Finds the route for a method and a path."""

    def __init__(self, routes: Iterable[base.Route]) -> None:
        """Compile the table of every operation that is served."""
        self._table = [(_pattern(route.path), route) for route in routes]

    def match(self, method: str, path: str) -> tuple[base.Route, dict[str, str]] | None:
        """The route for a request and the variables in its path; None: it is Nova's to answer."""
        for pattern, route in self._table:
            found = pattern.fullmatch(path) if route.method == method else None
            if found:
                return route, found.groupdict()
        return None


def _pattern(template: str) -> re.Pattern[str]:
    """``/servers/{server_id}`` as a regular expression."""
    variables = re.sub(r'\\\{(\w+)\\\}', r'(?P<\1>[^/]+)', re.escape(template))
    return re.compile(_PROJECT + variables)
