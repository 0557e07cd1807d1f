# SPDX-License-Identifier: Apache-2.0
"""The body of ``GET /nova-ext``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nova_ext.api import microversions, router
from nova_ext.api.controllers import base


def show(routes: Iterable[base.Route]) -> dict[str, Any]:
    """Which versions are served and which operations answer, as this deployment enabled them."""
    return {
        'version': {
            'id': 'v1',
            'status': 'CURRENT',
            'service_type': microversions.SERVICE_TYPE,
            'min_version': microversions.MIN_VERSION,
            'max_version': microversions.MAX_VERSION,
        },
        'operations': [
            {'method': route.method, 'path': router.without_patterns(route.path)}
            for route in sorted(routes, key=lambda route: (route.path, route.method))
        ],
    }
