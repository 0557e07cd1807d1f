# SPDX-License-Identifier: Apache-2.0
"""``GET /nova-ext``: the versions and operations of a deployment."""

from __future__ import annotations

from typing import Any

import microversion_parse

from nova_ext.api import microversions, query
from nova_ext.api.controllers import base as controllers_base
from nova_ext.api.controllers import discovery
from tests.unit import base


def answer(request: controllers_base.Request) -> dict[str, Any]:
    return {}


class TestDiscovery(base.TestCase):
    def test_document_has_versions_and_sorted_operations(self) -> None:
        controller = discovery.DiscoveryController([
            controllers_base.Route('POST', '/b', query.NOTHING, answer),
            controllers_base.Route('GET', '/b', query.NOTHING, answer),
            controllers_base.Route('GET', '/a/{id}', query.NOTHING, answer)])
        route, = controller.routes()
        self.assertEqual(('GET', '/nova-ext'), (route.method, route.path))
        self.assertEqual({
            'version': {
                'id': 'v1', 'status': 'CURRENT', 'service_type': 'nova-ext',
                'min_version': microversions.MIN_VERSION,
                'max_version': microversions.MAX_VERSION},
            'operations': [
                {'method': 'GET', 'path': '/a/{id}'}, {'method': 'GET', 'path': '/b'},
                {'method': 'POST', 'path': '/b'}, {'method': 'GET', 'path': '/nova-ext'}],
        }, route.handler(controllers_base.Request(
            context=None, version=microversion_parse.Version(1, 0), path={}, query={})))
