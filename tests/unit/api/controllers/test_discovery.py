# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import microversion_parse

from nova_ext.api import microversions
from nova_ext.api.controllers import base, discovery


def answer(request: base.Request) -> dict[str, Any]:
    return {}


def test_it_tells_the_versions_and_every_operation_in_order() -> None:
    controller = discovery.DiscoveryController([
        base.Route('POST', '/b', {}, answer), base.Route('GET', '/b', {}, answer),
        base.Route('GET', '/a/{id}', {}, answer)])
    route, = controller.routes()
    assert (route.method, route.path) == ('GET', '/nova-ext')
    assert route.handler(base.Request(
        context=None, version=microversion_parse.Version(1, 0), path={}, query={})) == {
            'version': {
                'id': 'v1', 'status': 'CURRENT', 'service_type': 'nova-ext',
                'min_version': microversions.MIN_VERSION,
                'max_version': microversions.MAX_VERSION},
            'operations': [
                {'method': 'GET', 'path': '/a/{id}'}, {'method': 'GET', 'path': '/b'},
                {'method': 'POST', 'path': '/b'}, {'method': 'GET', 'path': '/nova-ext'}]}
