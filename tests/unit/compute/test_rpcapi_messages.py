# SPDX-License-Identifier: Apache-2.0
"""What RPC clients send, and what comes back over a bus between processes.

There, unlike on the bus inside one process, only the class name is left of a host's error.
"""

from __future__ import annotations

import threading
import time
import types
from typing import Any

import ddt
import oslo_messaging as messaging

from nova_ext import exception
from nova_ext.compute import calling, rpcapi
from nova_ext.concurrency import limiter
from tests.unit import support
from tests.unit.compute import base


class FakeRouter:
    """Stands in for a client router, and for the client that it prepares."""

    def __init__(self, outcome: Any) -> None:
        self.outcome = outcome
        self.prepared: dict[str, Any] = {}

    def client(self, context: Any) -> FakeRouter:
        return self

    def prepare(self, **options: Any) -> FakeRouter:
        self.prepared = options
        return self

    def can_send_version(self, version: str) -> bool:
        return True

    def call(self, context: Any, method: str, **arguments: Any) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class HangingRouter(FakeRouter):
    """As oslo.messaging without its broker: no timeout ends a call."""

    def __init__(self) -> None:
        super().__init__(None)
        self.broker_is_back = threading.Event()

    def call(self, context: Any, method: str, **arguments: Any) -> Any:
        self.broker_is_back.wait(60)


class FakeRouterTestCase(base.RpcApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.api = rpcapi.ComputeAPI(7)
        self.instance = support.instance(host='host1')

    def use_router(self, outcome: Any) -> FakeRouter:
        """Have every call end with an answer or an error, which is raised."""
        router = FakeRouter(outcome)
        self.patch(self.api, '_router', router)
        return router

    def add_history(self) -> None:
        """Send a piece of a console history to the host."""
        self.api.add_console_history(
            self.context, self.instance.host, self.instance.uuid, base.PIECE)


@ddt.ddt
class TestErrors(FakeRouterTestCase):
    @ddt.data('UnsupportedVersion', 'NoSuchMethod')
    def test_nova_method_is_called_when_a_host_names_its_refusal(self, refusal: str) -> None:
        self.use_router(messaging.RemoteError(refusal, 'no'))
        nova = FakeRouter(self.nova.get_instance_diagnostics(None, None))
        self.patch(self.api, '_nova', types.SimpleNamespace(router=nova))
        answer = self.api.get_diagnostics(self.context, self.instance)
        self.assertEqual(17, answer.cpu_details[0].time)

    def test_any_other_error_of_a_host_is_raised(self) -> None:
        self.use_router(messaging.RemoteError('KeyError', 'x'))
        with self.assert_raises(messaging.RemoteError):
            self.get_diagnostics()

    def test_refused_piece_of_history_raises(self) -> None:
        self.use_router(messaging.RemoteError('ValueError', 'no'))
        with self.assert_raises(messaging.RemoteError, 'ValueError'):
            self.add_history()

    def test_host_is_unavailable_when_the_message_cannot_be_delivered(self) -> None:
        self.use_router(messaging.MessageDeliveryFailure('no broker'))
        with self.assert_raises(exception.ComputeHostUnavailable, 'no broker'):
            self.get_diagnostics()


class TestUnreachableBroker(FakeRouterTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(calling, '_GRACE', 0.0)
        for calls in ('FOR_ONE', 'FOR_LISTS'):
            self.patch(calling, calls, limiter.CallLimiter(2))
        self.api = rpcapi.ComputeAPI(0.05)
        self.router = HangingRouter()
        self.addCleanup(self.router.broker_is_back.set)
        self.patch(self.api, '_router', self.router)

    def test_every_call_ends_within_the_timeout(self) -> None:
        calls = (
            self.get_diagnostics, self.add_history,
            lambda: self.api.get_console_log_path(self.context, 'host1', 'uuid'),
            lambda: self.api.refresh_metadata(self.context, 'host1', 'uuid'))
        began = time.monotonic()
        for call in calls:
            with self.assert_raises(exception.ComputeHostUnavailable, 'message bus'):
                call()
        self.assertLess(time.monotonic() - began, 5)

    def test_servers_do_not_wait_for_hosts_that_lists_wait_for(self) -> None:
        for _ in range(2):
            with self.assert_raises(exception.ComputeHostUnavailable, 'no answer within'):
                self.api.get_host_diagnostics(
                    self.context, 'host1', ['uuid'], time.monotonic() + 9)
        self.use_router(base.ANSWER.obj_to_primitive())
        self.assertEqual(base.ANSWERED, self.get_diagnostics())

    def test_another_cell_with_its_own_broker_is_not_affected(self) -> None:
        for _ in range(2):
            with self.assert_raises(exception.ComputeHostUnavailable):
                self.get_diagnostics()
        self.context.cell_uuid = 'other cell'
        self.use_router(base.ANSWER.obj_to_primitive())
        self.api._timeout = 5
        self.assertEqual(base.ANSWERED, self.get_diagnostics())


class TestPreparedCalls(FakeRouterTestCase):
    def assert_prepared(self, router: FakeRouter, version: str) -> None:
        """Assert that the last call went to the instance's host with the client's timeout."""
        self.assertEqual(
            {'server': 'host1', 'version': version, 'timeout': 7}, router.prepared)
        router.prepared = {}

    def test_diagnostics_are_called_in_the_first_version(self) -> None:
        router = self.use_router(base.ANSWER.obj_to_primitive())
        self.assertEqual(base.ANSWERED, self.get_diagnostics())
        self.assert_prepared(router, '1.0')

    def test_console_methods_are_called_in_the_version_that_added_them(self) -> None:
        router = self.use_router('/log')
        self.api.get_console_log_path(self.context, 'host1', 'uuid')
        self.assert_prepared(router, '1.1')
        self.add_history()
        self.assert_prepared(router, '1.1')
