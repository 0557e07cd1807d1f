# SPDX-License-Identifier: Apache-2.0
"""Requests to refresh metadata, to hosts with and without nova-ext."""

from __future__ import annotations

from typing import Optional

import ddt

from nova_ext.compute import rpcapi
from nova_ext.concurrency import expiring
from tests.fixtures import clock
from tests.unit.compute import base


@ddt.ddt
class TestMetadata(base.RpcApiTestCase):
    def refresh(self) -> None:
        """Have the host refresh the instance's metadata."""
        self.api.refresh_metadata(self.context, self.instance.host, self.instance.uuid)

    @ddt.data(None, ValueError('no domain'))
    def test_host_refreshes_metadata_and_a_failure_is_not_raised(
            self, error: Optional[Exception]) -> None:
        self.plugin.error = error
        self.start_host(self.nova, self.plugin)
        for _ in range(2):
            self.refresh()
        self.assertEqual([self.instance.uuid] * 2, self.plugin.calls)

    @ddt.data((), (base.FirstPluginEndpoint,), (base.make_diagnostics_endpoint,))
    def test_host_without_support_is_not_called_again_for_a_while(
            self, plugins: tuple[type, ...]) -> None:
        client_clock = self.useFixture(clock.Clock(expiring))
        endpoints = self.start_host(self.nova, *(plugin() for plugin in plugins))
        self.refresh()
        endpoints[:] = [self.nova, *self.plugin.endpoints]
        self.refresh()
        self.assertEqual([], self.plugin.calls)
        client_clock.now += rpcapi._STOCK_HOST_TTL + 1
        self.refresh()
        self.assertEqual([self.instance.uuid], self.plugin.calls)

    def test_host_without_support_is_still_called_for_diagnostics(self) -> None:
        self.start_host(self.nova, base.FirstPluginEndpoint())
        self.refresh()
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
        self.assertEqual([], self.nova.calls)
