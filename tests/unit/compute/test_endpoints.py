# SPDX-License-Identifier: Apache-2.0
"""The RPC endpoints of a host, called as oslo.messaging does."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import ddt

from nova_ext.compute import console_history, endpoints, rpcapi
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities
from tests.unit import base, support
from tests.unit.compute.base import ANSWER


class Histories:
    """Takes any piece of a console history and records it."""

    def __init__(self) -> None:
        self.pieces: list[Any] = []

    def get_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        return f'/log/{context}/{instance_uuid}/{port}'

    def add(self, context: Any, instance_uuid: str, piece: console_history.Piece) -> bool:
        self.pieces.append((context, instance_uuid, piece))
        return len(self.pieces) == piece.total


class Driver(Histories):
    """A driver whose refresh of metadata returns or raises :attr:`refresh_outcome`."""

    def __init__(self) -> None:
        super().__init__()
        self.refreshed: list[str] = []
        self.refresh_outcome: bool | Exception = True

    def collect(
            self, instance: Any, version: str = diagnostics.Diagnostics.VERSION,
    ) -> diagnostics.Diagnostics:
        return ANSWER

    def refresh_local(self, uuid: str) -> bool:
        self.refreshed.append(uuid)
        if isinstance(self.refresh_outcome, Exception):
            raise self.refresh_outcome
        return self.refresh_outcome


class EndpointTestCase(base.TestCase):
    """The endpoints of a host whose driver offers everything."""

    def setUp(self) -> None:
        super().setUp()
        self.driver = Driver()
        self.diagnostics = endpoints.DiagnosticsEndpoint(self.driver)
        self.console = endpoints.ConsoleHistoryEndpoint(self.driver)
        self.metadata = endpoints.MetadataEndpoint(self.driver)


class TestMake(EndpointTestCase):
    def test_host_has_endpoints_for_what_its_driver_offers(self) -> None:
        every = capabilities.Capabilities(
            diagnostics=self.driver, console_history=self.driver, metadata=self.driver)
        self.assertEqual(
            [endpoints.DiagnosticsEndpoint, endpoints.ConsoleHistoryEndpoint,
             endpoints.MetadataEndpoint], [type(one) for one in endpoints.make(every)])
        self.assertEqual(
            [endpoints.DiagnosticsEndpoint],
            [type(one) for one in endpoints.make(
                capabilities.Capabilities(diagnostics=self.driver))])
        self.assertEqual([], list(endpoints.make(capabilities.Capabilities())))


@ddt.ddt
class TestInterface(EndpointTestCase):
    def test_target_has_namespace_and_version_of_the_client(self) -> None:
        for endpoint in (self.diagnostics, self.console, self.metadata):
            target = endpoint.target
            self.assertEqual(
                (rpcapi.NAMESPACE, rpcapi.VERSION), (target.namespace, target.version))

    @ddt.data(
        ('diagnostics', 'get_diagnostics', True), ('console', 'get_console_log_path', True),
        ('console', 'add_console_history', False), ('metadata', 'refresh_metadata', False))
    @ddt.unpack
    def test_only_methods_that_read_are_not_tracked_for_graceful_shutdown(
            self, endpoint: str, method: str, skipped: bool) -> None:
        self.assertIs(skipped, getattr(
            getattr(getattr(self, endpoint), method), '_skip_automatic_rpc_tracking', False))

    @ddt.data(('1.0', '1.0'), ('1.1', '1.1'), ('1.10', '1.1'), ('2.0', '1.1'))
    @ddt.unpack
    def test_diagnostics_have_the_newest_version_known_to_both_sides(
            self, requested: str, sent: str) -> None:
        primitive = self.diagnostics.get_diagnostics(None, object(), requested)
        self.assertEqual(sent, primitive['nova_ext_object.version'])
        received = diagnostics.Diagnostics.obj_from_primitive(primitive)
        self.assertEqual(support.values(ANSWER), support.values(received))

    @ddt.data(('1.2', '1.10', '1.2'), ('2.0', '1.10', '1.10'), ('1.1', '1.1', '1.1'))
    @ddt.unpack
    def test_versions_are_compared_as_numbers(self, one: str, other: str, older: str) -> None:
        self.assertEqual(older, endpoints._older(one, other))
        self.assertEqual(older, endpoints._older(other, one))


class TestConsole(EndpointTestCase):
    def test_log_path_is_that_of_the_histories(self) -> None:
        self.assertEqual(
            '/log/context/uuid/0', self.console.get_console_log_path('context', 'uuid'))

    def test_pieces_of_history_are_passed_on_and_the_result_is_returned(self) -> None:
        transfer = str(uuid.uuid4())
        sent = [console_history.Piece(transfer, number, 2, b'printed') for number in range(2)]
        results = [
            self.console.add_console_history('context', 'uuid', **console_history.encode(piece))
            for piece in sent]
        self.assertEqual([False, True], results)
        self.assertEqual([('context', 'uuid', piece) for piece in sent], self.driver.pieces)


@ddt.ddt
class TestMetadata(EndpointTestCase):
    @ddt.data(True, False)
    def test_refresh_returns_whether_metadata_had_changed(self, changed: bool) -> None:
        self.driver.refresh_outcome = changed
        self.assertIs(changed, self.metadata.refresh_metadata('context', 'uuid'))
        self.assertEqual(['uuid'], self.driver.refreshed)

    def test_failed_refresh_logs_a_warning(self) -> None:
        self.driver.refresh_outcome = RuntimeError('libvirt is away')
        self.assertIs(False, self.metadata.refresh_metadata('context', 'uuid'))
        [message] = self.logs.messages(logging.WARNING, 'nova_ext')
        self.assertIn('Failed to refresh domain metadata: RuntimeError: libvirt is away', message)
