# SPDX-License-Identifier: Apache-2.0
"""Console calls to hosts with and without nova-ext."""

from __future__ import annotations

import dataclasses
import time
from typing import Any, Optional

import ddt
import oslo_messaging as messaging
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.compute import console_history, console_log_codec, rpcapi
from nova_ext.virt import capabilities
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
        self.assertEqual([(self.instance.uuid, 0)], self.plugin.calls)

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


@ddt.ddt
class TestSpans(base.RpcApiTestCase):
    """A piece of a history whose bytes are counted."""

    PIECE = dataclasses.replace(
        base.PIECE, spans=(console_history.Span(0, 5), console_history.Span(5, 0)))

    def add_history(self, piece: console_history.Piece = PIECE) -> Optional[bool]:
        return self.api.add_console_history(
            self.context, self.instance.host, self.instance.uuid, piece)

    def test_host_is_told_where_the_bytes_were(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.assertIs(True, self.add_history())
        self.assertEqual([(self.instance.uuid, self.PIECE)], self.plugin.calls)

    def test_host_that_knows_no_offsets_gets_the_piece_without(self) -> None:
        endpoint: Any
        for endpoint in self.plugin.endpoints:
            endpoint.target = messaging.Target(namespace=rpcapi.NAMESPACE, version='1.3')
        self.start_host(self.nova, self.plugin)
        self.assertEqual([True, True], [self.add_history(), self.add_history()])
        self.assertEqual([(self.instance.uuid, base.PIECE)] * 2, self.plugin.calls)

    def test_end_of_a_log_is_not_sent_to_a_host_that_knows_no_offsets(self) -> None:
        endpoint: Any
        for endpoint in self.plugin.endpoints:
            endpoint.target = messaging.Target(namespace=rpcapi.NAMESPACE, version='1.3')
        self.start_host(self.nova, self.plugin)
        self.assertIs(True, self.add_history(dataclasses.replace(self.PIECE, data=b'')))
        self.assertEqual([], self.plugin.calls)

    def test_spans_that_cannot_be_are_refused(self) -> None:
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.ComputeHostRefused, 'no spans of a log$'):
            self.add_history(dataclasses.replace(base.PIECE, spans=(console_history.Span(0, -5),)))


@ddt.ddt
class TestLog(base.RpcApiTestCase):
    def get_log(self) -> Optional[capabilities.LogPart]:
        return self.api.get_console_log(self.context, self.instance, -9, 5000)

    def test_part_comes_from_the_host_byte_for_byte(self) -> None:
        self.start_host(self.nova, self.plugin)
        self.assertEqual(base.PART, self.get_log())
        self.assertEqual([(self.instance.uuid, -9, 5000, 0)], self.plugin.calls)

    @ddt.data((), (base.FirstPluginEndpoint,), (base.make_diagnostics_endpoint,))
    def test_host_without_it_is_none(self, plugins: tuple[type, ...]) -> None:
        self.start_host(self.nova, *(plugin() for plugin in plugins))
        self.assertIsNone(self.get_log())

    @ddt.data((0, 1), (1, 1), (10 ** 9, console_log_codec.MAX_BYTES))
    @ddt.unpack
    def test_host_sends_no_more_than_a_message_may_have(self, asked: int, read: int) -> None:
        self.start_host(self.nova, self.plugin)
        self.api.get_console_log(self.context, self.instance, 0, asked)
        self.assertEqual([(self.instance.uuid, 0, read, 0)], self.plugin.calls)

    def test_log_that_cannot_be_read_raises_with_the_reason(self) -> None:
        self.plugin.error = nova_exception.ConsoleNotAvailable('it is on its way')
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(nova_exception.ConsoleNotAvailable, 'it is on its way'):
            self.get_log()

    def test_host_whose_disk_hangs_is_unavailable(self) -> None:
        self.plugin.error = exception.NotResponding('no answer from the disk')
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.ComputeHostUnavailable, 'no answer from the disk'):
            self.get_log()

    @ddt.data({}, {**console_log_codec.encode(base.PART), 'data': 'x'},
              {**console_log_codec.encode(base.PART), 'next': None})
    def test_host_whose_answer_cannot_be_read_is_unavailable(self, answer: dict[str, Any]) -> None:
        self.patch(console_log_codec, 'encode', lambda _: answer)
        self.start_host(self.nova, self.plugin)
        with self.assert_raises(exception.ComputeHostUnavailable, 'its answer cannot be read'):
            self.get_log()
