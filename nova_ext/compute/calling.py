# SPDX-License-Identifier: Apache-2.0
"""Calling a method on a compute host, within a bound."""

from __future__ import annotations

import time
from typing import Any, Optional

import oslo_messaging as messaging
from nova import exception as nova_exception

from nova_ext import exception
from nova_ext.concurrency import background, limiter

#: Seconds after which the bus itself is given up, beyond what a host's answer may take: the
#: better error of the two comes first.
_GRACE = 1.0

#: Seconds that a host has to have had to be called silent, or half of the usual bound. One that is
#: asked near the end of a list's time may be as healthy as the others.
_ENOUGH = 2.0

#: Calls in flight over the message bus of one cell. Without its broker each is stuck until the
#: broker is back, whatever timeout oslo.messaging is given.
_IN_FLIGHT = 32

#: Those of them to one host: others do not wait for one that hangs.
_TO_ONE_HOST = 8

#: Those of requests about one server.
FOR_ONE = limiter.CallLimiter(_IN_FLIGHT, _TO_ONE_HOST)

#: Those of lists, of which each asks many hosts: what is about one server does not wait with them.
FOR_LISTS = limiter.CallLimiter(_IN_FLIGHT, _TO_ONE_HOST)

#: How a host without the plugin refuses. Over a message bus the class is lost and its name stays.
_REFUSALS = ('UnsupportedVersion', 'NoSuchMethod')


class Caller:
    """Calls methods; what the message bus makes of it becomes nova-ext's own errors."""

    def __init__(self, timeout: float) -> None:
        """Take the seconds to wait for one answer."""
        self._timeout = timeout
        #: Seconds with which it is worth asking.
        self._enough = min(_ENOUGH, timeout / 2)

    def _call(
            self, router: Any, context: Any, host: str, version: str, method: str,
            deadline: Optional[float] = None, calls: Optional[limiter.CallLimiter] = None,
            **arguments: Any) -> Any:
        """Call ``method`` on ``host``; None when nobody there answers to that version.

        :param deadline: monotonic time, if that comes before the usual bound
        :param calls: among which this is one; None: :data:`FOR_ONE`
        :raises nova_ext.exception.NoTimeForComputeHost: the deadline was too near for an answer
        :raises nova_ext.exception.ComputeHostUnavailable: no answer in time
        """
        timeout = self._remaining(host, deadline)

        def call() -> Any:
            client = router.client(context).prepare(
                server=host, version=version, timeout=timeout)
            return client.call(context, method, **arguments)

        try:
            return (calls or FOR_ONE).call(context.cell_uuid, timeout + _GRACE, call, host)
        except (messaging.UnsupportedVersion, messaging.NoSuchMethod):
            return None
        except messaging.RemoteError as error:
            if error.exc_type not in _REFUSALS:
                raise
            return None
        except nova_exception.HypervisorUnavailable as error:
            raise exception.ComputeHostUnavailable(
                host, 'nova-compute cannot reach its hypervisor') from error
        except messaging.MessagingTimeout as error:
            raise (exception.ComputeHostSilent if timeout >= self._enough
                   else exception.NoTimeForComputeHost)(
                host, f'nova-compute did not answer within {round(timeout, 1):g} s') from error
        except messaging.MessageDeliveryFailure as error:
            raise exception.ComputeHostUnavailable(
                host, f'the message could not be delivered ({error})') from error
        except background.NoThread as error:
            raise exception.ComputeHostUnavailable(host, str(error)) from error
        except TimeoutError as error:
            raise (exception.ComputeHostUnavailable if timeout >= self._enough
                   else exception.NoTimeForComputeHost)(
                host, f'there was no answer over the message bus: {error}') from error

    def _remaining(self, host: str, deadline: Optional[float]) -> float:
        """Seconds in which a host may be asked.

        :raises nova_ext.exception.NoTimeForComputeHost: there are none
        """
        if deadline is None:
            return self._timeout
        seconds = min(self._timeout, deadline - time.monotonic())
        if seconds <= 0:
            raise exception.NoTimeForComputeHost(host, 'there was no time left to ask it')
        return seconds
