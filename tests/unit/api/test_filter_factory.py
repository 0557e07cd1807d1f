# SPDX-License-Identifier: Apache-2.0
"""The paste filter as it is made from the configuration."""

from __future__ import annotations

from nova_ext import exception
from nova_ext.api import filter as nova_ext_filter
from tests.fixtures import configuration, rpc
from tests.unit.api import base


class TestFactory(base.FilterTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf

    def test_enabled_controllers_and_discovery_document_are_served(self) -> None:
        self.useFixture(rpc.Rpc(self.conf))
        application = nova_ext_filter.filter_factory({}, odd='ignored')(self.stock)
        response = self.send(application, 'nova-ext 1.0', '/nova-ext')
        self.assertEqual(200, response.status_int)
        self.assertIn(
            {'method': 'GET', 'path': '/servers/{server_id}/diagnostics'},
            response.json_body['operations'])

    def test_operations_of_disabled_controller_are_left_to_nova(self) -> None:
        self.conf.set_override('enabled_controllers', [], 'nova_ext')
        application = nova_ext_filter.filter_factory({})(self.stock)
        response = self.send(application, 'nova-ext 1.0', '/servers/1/diagnostics')
        self.assertEqual(202, response.status_int)
        discovery = self.send(application, 'nova-ext 1.0', '/nova-ext')
        self.assertEqual(
            [{'method': 'GET', 'path': '/nova-ext'}], discovery.json_body['operations'])

    def test_discovery_document_needs_a_version(self) -> None:
        self.conf.set_override('enabled_controllers', [], 'nova_ext')
        application = nova_ext_filter.filter_factory({})(self.stock)
        response = self.send(application, 'compute 2.90', '/nova-ext')
        self.assertEqual(b'{"stock": true}', response.body)

    def test_unknown_controller_raises(self) -> None:
        self.conf.set_override('enabled_controllers', ['nonsense'], 'nova_ext')
        with self.assert_raises(exception.ControllerNotFound):
            nova_ext_filter.filter_factory({})
