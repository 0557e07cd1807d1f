# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext``: what this deployment of nova-ext can do.

Every authenticated caller may ask, as for Nova's own version document. It is always served.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nova_ext.api.controllers import base
from nova_ext.api.schemas import discovery as schema
from nova_ext.api.views import discovery as view


class DiscoveryController:
    """Tells clients the versions and the operations."""

    def __init__(self, others: Iterable[base.Route]) -> None:
        self._routes: Sequence[base.Route] = (*others, *self.routes())

    def routes(self) -> Iterable[base.Route]:
        """The one operation of this controller."""
        yield base.Route('GET', '/nova-ext', schema.SHOW_QUERY, self.show)

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show the versions and the operations that are served in the version of the request."""
        return view.show(route for route in self._routes if route.is_in(request.version))
