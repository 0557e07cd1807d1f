# SPDX-License-Identifier: Apache-2.0
"""What the endpoint raises on purpose, in the log of its host and at the client.

The log is that of oslo.messaging's own server.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable
from typing import Any

import ddt
import oslo_messaging as messaging
from nova import exception as nova_exception
from nova import rpc
from oslo_messaging._drivers import common as wire

from nova_ext import exception
from nova_ext.compute import calling, endpoints
from tests.unit import base as unit_base
from tests.unit.compute import base

Call = Callable[['EndpointErrorsTestCase'], Any]

DIAGNOSTICS: Call = lambda case: case.get_diagnostics()  # noqa: E731
LOG_PATH: Call = lambda case: case.api.get_console_log_path(  # noqa: E731
    case.context, case.instance.host, case.instance.uuid)
HISTORY: Call = lambda case: case.api.add_console_history(  # noqa: E731
    case.context, case.instance.host, case.instance.uuid, base.PIECE)

#: A call, what the host raises, what the client raises then, and a part of its text.
PURPOSES = (
    (DIAGNOSTICS, nova_exception.HypervisorUnavailable(), exception.ComputeHostUnavailable,
     'cannot reach its hypervisor'),
    (DIAGNOSTICS, nova_exception.InstanceNotFound(instance_id='7'),
     nova_exception.InstanceNotFound, 'Instance 7'),
    (LOG_PATH, ValueError('not on its way'), exception.ComputeHostRefused,
     ' refused: not on its way$'),
    (HISTORY, ValueError('not on its way'), exception.ComputeHostRefused,
     ' refused: not on its way$'),
    (HISTORY, OSError(28, 'No space left on device'), exception.ComputeHostRefused,
     r'No space left on device$'))


class EndpointErrorsTestCase(base.RpcApiTestCase):
    """A host whose endpoint can be made to raise an error."""

    def setUp(self) -> None:
        super().setUp()
        self.start_host(self.nova, self.plugin)


@ddt.ddt
class TestLog(EndpointErrorsTestCase):
    @ddt.data(*PURPOSES)
    @ddt.unpack
    def test_error_that_is_raised_on_purpose_is_not_logged(
            self, call: Call, error: Exception, expected: type[Exception], text: str) -> None:
        self.plugin.error = error
        with self.assert_raises(expected, text):
            call(self)
        self.assertEqual(1, len(self.plugin.calls))
        self.assertEqual([], self.logs.messages(logging.WARNING))
        self.assertEqual([], [record for record in self.logs.records if record.exc_info])

    def test_any_other_error_is_logged_with_its_traceback(self) -> None:
        self.plugin.error = KeyError('surprise')
        with self.assert_raises(KeyError):
            self.get_diagnostics()
        [record] = [record for record in self.logs.records if record.exc_info]
        self.assertEqual(logging.ERROR, record.levelno)

    def test_failed_refresh_of_metadata_is_logged_in_one_line(self) -> None:
        self.plugin.error = nova_exception.HypervisorUnavailable()
        self.api.refresh_metadata(self.context, self.instance.host, self.instance.uuid)
        [record] = [record for record in self.logs.records
                    if record.levelno >= logging.WARNING]
        self.assertIsNone(record.exc_info)


@ddt.ddt
class TestErrorsFromAnotherProcess(base.RpcApiTestCase):
    """Over a message bus an error comes as text, with the traceback of the host in it."""

    @ddt.data(*PURPOSES)
    @ddt.unpack
    def test_error_is_understood_and_has_one_line(
            self, call: Call, error: Exception, expected: type[Exception], text: str) -> None:
        remote = _send(error)
        self.assertIn('Traceback', f'{remote} {remote.args}')

        def refuse(*_: Any, **__: Any) -> Any:
            raise remote

        self.patch(messaging.RPCClient, 'call', refuse)
        self.patch(calling.FOR_ONE, 'call', lambda cell, seconds, function, host: refuse())
        with self.assert_raises(expected) as caught:
            call(self)  # type: ignore[arg-type]
        if expected is not nova_exception.InstanceNotFound:  # shown by its own format_message()
            self.assert_matches(text, str(caught.exception))
            self.assertNotIn('\n', str(caught.exception))
        else:
            self.assertEqual('Instance 7 could not be found.',
                             caught.exception.format_message())


class TestDeclarations(unit_base.TestCase):
    def test_every_method_declares_what_it_raises_or_raises_nothing(self) -> None:
        """A new method has to be thought about: the last of these catches everything."""
        undeclared = [
            name for kind in (
                endpoints.DiagnosticsEndpoint, endpoints.ConsoleHistoryEndpoint,
                endpoints.MetadataEndpoint)
            for name, method in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith('_') and not hasattr(method, '__wrapped__')]
        self.assertEqual(['refresh_metadata'], undeclared)


def _send(error: Exception) -> Exception:
    """Return an error as the client of a real message bus gets it."""
    try:
        raise error
    except Exception:
        sent = wire.serialize_remote_exception(sys.exc_info())
    received: Exception = wire.deserialize_remote_exception(sent, rpc.get_allowed_exmods())
    return received
