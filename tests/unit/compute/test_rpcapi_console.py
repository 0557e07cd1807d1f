# SPDX-License-Identifier: Apache-2.0
"""Console calls to hosts with and without nova-ext."""

from __future__ import annotations

import time
from typing import Optional

import ddt

from nova_ext import exception
from nova_ext.compute import rpcapi
from tests.unit.compute import base


@ddt.ddt
class TestConsole(base.RpcApiTestCase):
    def add_history(self) -> Optional[bool]:
        """Send a piece of a console history to the host, and return whether it was the last."""
        return self.api.add_console_history(
            self.context, self.instance.host, self.instance.uuid, base.PIECE)

    def test_log_path_comes_from_the_host(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.assertEqual('/log', self.api.get_console_log_path(
            self.context, self.instance.host, self.instance.uuid))
        self.assertEqual([self.instance.uuid], self.plugin.calls)

    @ddt.data(True, False)
    def test_host_says_whether_the_history_is_complete(self, complete: bool) -> None:
        self.plugin.complete = complete
        self.start_host(self.nova, self.plugin)
        self.assertIs(complete, self.add_history())
        self.assertEqual([(self.instance.uuid, base.PIECE)], self.plugin.calls)

    @ddt.data((), (base.FirstPluginEndpoint,), (base.make_diagnostics_endpoint,))
    def test_host_without_console_support_takes_no_history_and_has_no_log_path(
            self, plugins: tuple[type, ...]) -> None:
        self.start_host(self.nova, *(plugin() for plugin in plugins))
        self.assertIsNone(self.add_history())
        self.assertIsNone(self.api.get_console_log_path(
            self.context, self.instance.host, self.instance.uuid))

    def test_refused_piece_of_history_raises_with_the_reason(self) -> None:
        self.plugin.error = ValueError('neither here nor on its way')
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(
                exception.ComputeHostRefused, 'refused: neither here nor on its way$'):
            self.add_history()

    def test_host_that_does_not_answer_is_unavailable_after_the_timeout(self) -> None:
        began = time.monotonic()
        with self.assert_raises(exception.ComputeHostUnavailable):
            rpcapi.ComputeAPI(0.1).get_console_log_path(
                self.context, self.instance.host, self.instance.uuid)
        self.assertLess(time.monotonic() - began, 1)
