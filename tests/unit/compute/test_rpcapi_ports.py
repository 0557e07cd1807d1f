# SPDX-License-Identifier: Apache-2.0
"""Console calls about serial ports after the first, to hosts that know of them or do not."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Optional

import ddt
import oslo_messaging as messaging

from nova_ext import exception
from nova_ext.compute import console_history, rpcapi
from nova_ext.virt import capabilities
from tests.unit.compute import base

PIECE = dataclasses.replace(
    base.PIECE, port=2, spans=(console_history.Span(0, 5), console_history.Span(5, 0)))


class PortsTestCase(base.RpcApiTestCase):
    def start(self, version: str = rpcapi.VERSION) -> None:
        """Start the host with an RPC interface of this version."""
        endpoint: Any
        for endpoint in self.plugin.endpoints:
            endpoint.target = messaging.Target(namespace=rpcapi.NAMESPACE, version=version)
        self.start_host(self.nova, self.plugin)

    def get_log(self, port: int) -> Optional[capabilities.LogPart]:
        return self.api.get_console_log(self.context, self.instance, 7, 8, port)

    def get_path(self, port: int, deadline: Optional[float] = None) -> Optional[str]:
        return self.api.get_console_log_path(
            self.context, self.instance.host, self.instance.uuid, port, deadline)

    def add(self, piece: console_history.Piece = PIECE) -> Optional[bool]:
        return self.api.add_console_history(
            self.context, self.instance.host, self.instance.uuid, piece)


@ddt.ddt
class TestPorts(PortsTestCase):
    def test_host_is_told_of_which_port(self) -> None:
        self.start()
        self.assertEqual(
            (base.PART, '/log', True), (self.get_log(3), self.get_path(1), self.add()))
        self.assertEqual(
            [(self.instance.uuid, 7, 8, 3), (self.instance.uuid, 1), (self.instance.uuid, PIECE)],
            self.plugin.calls)

    def test_older_host_is_not_asked_about_further_ports(self) -> None:
        self.start('1.4')
        self.assertEqual((None, None, None), (self.get_log(3), self.get_path(1), self.add()))
        self.assertEqual([], self.plugin.calls)

    def test_older_host_is_asked_about_the_first_port(self) -> None:
        self.start('1.4')
        self.assertEqual((base.PART, '/log', True), (
            self.get_log(0), self.get_path(0), self.add(dataclasses.replace(PIECE, port=0))))

    @ddt.data(-1, 4, 'x')
    def test_host_refuses_what_is_no_port(self, port: Any) -> None:
        self.start()
        for call in (lambda: self.get_path(port),
                     lambda: self.add(dataclasses.replace(PIECE, port=port))):
            with self.assert_raises(exception.ComputeHostRefused, 'is no serial port'):
                call()
        self.assertEqual([], self.plugin.calls)

    def test_host_is_not_waited_for_after_the_deadline(self) -> None:
        with self.assert_raises(exception.ComputeHostUnavailable, 'no time left'):
            self.get_path(1, time.monotonic() - 1)
