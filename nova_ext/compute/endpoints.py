# SPDX-License-Identifier: Apache-2.0
"""The server side, on nova-compute's own RPC server: an endpoint for each part of a driver.

They share the namespace and the version of :mod:`nova_ext.compute.rpcapi`; oslo.messaging looks
for a method in one after another, and refuses what none of a host's endpoints has.

What a method raises on purpose is declared as expected: else oslo.messaging logs a traceback.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional, TypeVar, cast

import oslo_messaging as messaging
from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import console_history, console_log_codec, host_diagnostics, rpcapi
from nova_ext.nova_compat import compute
from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities, port_numbers

LOG = logging.getLogger(__name__)

F = TypeVar('F', bound=Callable[..., Any])


def _expects(*errors: type[Exception]) -> Callable[[F], F]:
    """Declare what a method raises on purpose."""
    def declare(method: F) -> F:
        declared = messaging.expected_exceptions(*errors)(method)
        return cast(F, functools.wraps(method)(declared))

    return declare


def make(offered: capabilities.Capabilities) -> Iterator[object]:
    """The endpoints of a host.

    :param offered: what its driver has
    """
    if offered.diagnostics is not None:
        yield DiagnosticsEndpoint(offered.diagnostics)
    if offered.host_diagnostics is not None:
        yield HostDiagnosticsEndpoint(offered.host_diagnostics, offered.failures)
    if offered.console_history is not None:
        yield ConsoleHistoryEndpoint(offered.console_history)
    if offered.console_log is not None:
        yield ConsoleLogEndpoint(offered.console_log)
    if offered.metadata is not None:
        yield MetadataEndpoint(offered.metadata)


class _Endpoint:
    target = messaging.Target(namespace=rpcapi.NAMESPACE, version=rpcapi.VERSION)


class DiagnosticsEndpoint(_Endpoint):
    """Answers what :meth:`nova_ext.compute.rpcapi.ComputeAPI.get_diagnostics` asks."""

    def __init__(self, driver: capabilities.Diagnostics) -> None:
        self._driver = driver

    @compute.read_only
    @_expects(
        nova_exception.HypervisorUnavailable, nova_exception.InstanceNotFound)
    def get_diagnostics(
            self, context: Any, instance: Any, object_version: str) -> dict[str, Any]:
        """What is known about a server now.

        :param context: nova.context.RequestContext
        :param instance: nova.objects.Instance on this host
        :param object_version: the newest Diagnostics that the caller understands
        :returns: the primitive of a Diagnostics of that version or an older one
        :raises nova.exception.HypervisorUnavailable: it cannot be asked
        :raises nova.exception.InstanceNotFound: the server is not on this host
        """
        version = _older(object_version, diagnostics.Diagnostics.VERSION)
        return self._driver.collect(instance, version).obj_to_primitive(target_version=version)


class HostDiagnosticsEndpoint(_Endpoint):
    """Answers what :meth:`nova_ext.compute.rpcapi.ComputeAPI.get_host_diagnostics` asks."""

    def __init__(self, driver: capabilities.HostDiagnostics,
                 failures: Optional[capabilities.Failures] = None) -> None:
        self._driver = driver
        self._failures = failures

    @compute.read_only
    @_expects(nova_exception.HypervisorUnavailable, ValueError)
    def get_host_diagnostics(
            self, context: Any, instance_uuids: list[str], object_version: str) -> dict[str, Any]:
        """What is known about servers now, and how often the host failed at what.

        :param context: nova.context.RequestContext
        :param instance_uuids: at most :data:`nova_ext.compute.host_diagnostics.MAX_SERVERS`, of
            servers that may be on this host
        :param object_version: the newest Diagnostics that the caller understands
        :returns: as :func:`nova_ext.compute.host_diagnostics.encode` makes it
        :raises nova.exception.HypervisorUnavailable: it cannot be asked
        :raises ValueError: these are too many servers
        """
        if len(instance_uuids) > host_diagnostics.MAX_SERVERS:
            raise ValueError(f'no more than {host_diagnostics.MAX_SERVERS} servers at a time')
        return host_diagnostics.encode(
            self._driver.collect_many(instance_uuids),
            _older(object_version, diagnostics.Diagnostics.VERSION),
            {} if self._failures is None else self._failures.counts())


class ConsoleHistoryEndpoint(_Endpoint):
    """Takes what hosts send after servers that come here."""

    def __init__(self, driver: capabilities.ConsoleHistory) -> None:
        self._driver = driver

    @compute.read_only
    @_expects(ValueError)
    def get_console_log_path(self, context: Any, instance_uuid: str, port: int = 0) -> str:
        """Where the console of a server that comes to this host is logged.

        :param port: the number of the serial port, since version 1.5
        :raises ValueError: the server does not come here, or there is no such port
        """
        return self._driver.get_log_path(context, instance_uuid, port_numbers.check(port))

    @_expects(ValueError, OSError)
    def add_console_history(
            self, context: Any, instance_uuid: str, transfer: str, number: int, total: int,
            data: str, spans: Sequence[Sequence[int]] = (), port: int = 0) -> bool:
        """Take a piece of what a server printed on another host.

        The other arguments are as :func:`nova_ext.compute.console_history.encode` makes them, and
        ``spans``, since version 1.4, as
        :func:`nova_ext.compute.console_history.encode_spans` does; ``port``, since 1.5, is the
        number of the serial port.

        :returns: whether that was the last piece, and all of them are in their place
        :raises ValueError: it is not a piece of a history that may be put here
        :raises OSError: it cannot be written, or not in time
        """
        return self._driver.add(
            context, instance_uuid,
            console_history.decode(transfer, number, total, data, spans, port))


class ConsoleLogEndpoint(_Endpoint):
    """Answers what :meth:`nova_ext.compute.rpcapi.ComputeAPI.get_console_log` asks."""

    def __init__(self, driver: capabilities.ConsoleLog) -> None:
        self._driver = driver

    @compute.read_only
    @_expects(nova_exception.ConsoleNotAvailable, nova_exception.ServiceUnavailable)
    def get_console_log(
            self, context: Any, instance: Any, start: int, limit: int,
            port: int = 0) -> dict[str, Any]:
        """What a server has printed from an offset on.

        The arguments are as for
        :meth:`nova_ext.virt.capabilities.ConsoleLog.read_console_log`, ``port`` since version 1.5;
        more than :data:`nova_ext.compute.console_log_codec.MAX_BYTES` bytes are not returned.

        :returns: what :func:`nova_ext.compute.console_log_codec.encode` makes
        :raises nova.exception.ConsoleNotAvailable: there is no log or it cannot be read
        :raises nova.exception.ServiceUnavailable: it cannot be read in time
        """
        try:
            part = self._driver.read_console_log(
                instance, start, max(1, min(limit, console_log_codec.MAX_BYTES)), port)
        except exception.NotResponding as error:
            raise nova_exception.ServiceUnavailable(str(error)) from error
        return console_log_codec.encode(part)


class MetadataEndpoint(_Endpoint):
    """Takes notice of servers that were renamed."""

    def __init__(self, driver: capabilities.Metadata) -> None:
        self._driver = driver

    def refresh_metadata(self, context: Any, instance_uuid: str) -> bool:
        """Write into a server's domain what has changed of the server.

        :returns: whether anything had, and could be written
        """
        try:
            return self._driver.refresh_local(instance_uuid)
        except Exception as error:  # the next pass over all guests writes it
            LOG.warning('Failed to refresh domain metadata: %s: %s',
                        type(error).__name__, error, instance_uuid=instance_uuid)
            return False


def _older(one: str, other: str) -> str:
    return min(one, other, key=lambda version: [int(part) for part in version.split('.')])
