# SPDX-License-Identifier: Apache-2.0
"""Controllers that are enabled, unknown or broken."""

from __future__ import annotations

from typing import Any

from nova_ext import exception, policy
from nova_ext.api.controllers import base as controllers_base
from nova_ext.api.controllers import (
    console_log,
    diagnostics,
    host_diagnostics,
    host_status,
    hypervisors,
    loader,
)
from nova_ext.compute import rpcapi
from tests.fixtures import configuration, rpc
from tests.unit import base


class TestLoader(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = self.useFixture(configuration.Configuration()).conf
        self.policy = policy.Policy(self.conf)

    def load(self) -> list[controllers_base.Controller]:
        """Load the controllers that are enabled."""
        return loader.load(self.conf, self.policy, rpcapi.ComputeAPI(5))

    def enable(self, *names: str) -> None:
        """Set the controllers that are enabled."""
        self.conf.set_override('enabled_controllers', list(names), 'nova_ext')

    def test_controllers_enabled_by_default_are_loaded(self) -> None:
        self.useFixture(rpc.Rpc(self.conf))
        controllers = self.load()
        self.assertEqual(
            [diagnostics.DiagnosticsController, host_diagnostics.HostDiagnosticsController,
             host_status.HostStatusController, hypervisors.HypervisorsController,
             console_log.ConsoleLogController],
            [type(controller) for controller in controllers])
        self.assertEqual(len(self.conf.nova_ext.enabled_controllers), len(controllers))
        routes = [route for controller in controllers for route in controller.routes()]
        for route in routes:
            self.assertIsInstance(route, controllers_base.Route)
        self.assertGreater(len(routes), 0)
        self.assertEqual(len(routes), len({(route.method, route.path) for route in routes}))

    def test_no_controller_need_be_enabled(self) -> None:
        self.enable()
        self.assertEqual([], self.load())

    def test_error_names_unknown_controller(self) -> None:
        self.enable('diagnostcis')
        with self.assert_raises(exception.ControllerNotFound) as caught:
            self.load()
        self.assertIn('names diagnostcis, which no entry point', str(caught.exception))

    def test_error_names_all_unknown_controllers_among_known_ones(self) -> None:
        self.useFixture(rpc.Rpc(self.conf))
        self.enable('zebra', 'diagnostics', 'ape')
        with self.assert_raises(exception.ControllerNotFound, 'names ape, zebra, which'):
            self.load()

    def test_error_names_controller_that_does_not_load_and_the_reason(self) -> None:
        def fail(*args: Any) -> None:
            raise RuntimeError('no message bus')

        self.patch(diagnostics, 'DiagnosticsController', fail)
        self.enable('diagnostics')
        with self.assert_raises(exception.ControllerNotFound) as caught:
            self.load()
        self.assertEqual(
            'The controller diagnostics in [nova_ext] enabled_controllers does not load: '
            'RuntimeError: no message bus', str(caught.exception))
