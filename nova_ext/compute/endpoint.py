# SPDX-License-Identifier: Apache-2.0
"""The server side, on nova-compute's own RPC server.

What a method raises on purpose is declared as expected: oslo.messaging would write a traceback
into nova-compute's log for anything else, as often as it is asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import oslo_messaging as messaging
from nova import exception as nova_exception
from oslo_log import log as logging

from nova_ext.compute import rpcapi
from nova_ext.objects import diagnostics

LOG = logging.getLogger(__name__)

F = TypeVar('F', bound=Callable[..., Any])


def _expects(*errors: type[Exception]) -> Callable[[F], F]:
    """Declare what a method raises on purpose."""
    def declare(method: F) -> F:
        declared = messaging.expected_exceptions(*errors)(method)
        return cast(F, functools.wraps(method)(declared))

    return declare


class ConsoleHistories(Protocol):
    """Takes what servers printed on other hosts."""

    def get_log_path(self, context: Any, instance_uuid: str) -> str:
        """Where the console of a server that comes to this host is logged."""

    def add(self, context: Any, instance_uuid: str, *, transfer: str, number: int, total: int,
            data: str) -> bool:
        """Take a piece; tell whether all of them are in their place now."""


class ComputeEndpoint:
    """Answers what :class:`nova_ext.compute.rpcapi.ComputeAPI` asks."""

    target = messaging.Target(namespace=rpcapi.NAMESPACE, version=rpcapi.VERSION)

    def __init__(
            self, collect: Callable[[Any], diagnostics.Diagnostics],
            histories: ConsoleHistories, refresh_metadata: Callable[[str], bool]) -> None:
        """Make an endpoint.

        :param collect: finds out what is known about a nova.objects.Instance
        :param histories: takes what servers printed on other hosts
        :param refresh_metadata: writes into the domain of a server, by its UUID, what has
            changed of the server, and tells whether anything had
        """
        self._collect = collect
        self._histories = histories
        self._refresh_metadata = refresh_metadata

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
        return self._collect(instance).obj_to_primitive(
            target_version=_older(object_version, diagnostics.Diagnostics.VERSION))

    @_expects(ValueError)
    def get_console_log_path(self, context: Any, instance_uuid: str) -> str:
        """Where the console of a server that comes to this host is logged.

        :raises ValueError: the server does not come here
        """
        return self._histories.get_log_path(context, instance_uuid)

    @_expects(ValueError, OSError)
    def add_console_history(
            self, context: Any, instance_uuid: str, transfer: str, number: int, total: int,
            data: str) -> bool:
        """Take a piece of what a server printed on another host.

        :returns: whether that was the last piece, and all of them are in their place
        :raises ValueError: it is not a piece of a history that may be put here
        :raises OSError: it cannot be written
        """
        return self._histories.add(
            context, instance_uuid, transfer=transfer, number=number, total=total, data=data)

    def refresh_metadata(self, context: Any, instance_uuid: str) -> bool:
        """Write into a server's domain what has changed of the server.

        :returns: whether anything had, and could be written
        """
        try:
            return self._refresh_metadata(instance_uuid)
        except Exception as error:  # the next pass over all guests writes it
            LOG.warning('The metadata of its domain could not be refreshed: %s: %s',
                        type(error).__name__, error, instance_uuid=instance_uuid)
            return False

    # It only reads: Nova 34 need not wait for it when the service is stopped.
    get_diagnostics._skip_automatic_rpc_tracking = True  # type: ignore[attr-defined]
    get_console_log_path._skip_automatic_rpc_tracking = True  # type: ignore[attr-defined]


def _older(one: str, other: str) -> str:
    return min(one, other, key=lambda version: [int(part) for part in version.split('.')])
