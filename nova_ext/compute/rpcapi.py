# SPDX-License-Identifier: Apache-2.0
"""The client side: asking a compute host, with the plugin or without it."""

from __future__ import annotations

import functools
from typing import Any

import oslo_messaging as messaging
from nova import exception as nova_exception
from nova import rpc
from nova.compute import rpcapi as nova_rpcapi
from nova.objects import base as nova_base
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import console
from nova_ext.concurrency import limiter
from nova_ext.concurrency.expiring import ExpiringSet
from nova_ext.nova_compat import compute
from nova_ext.objects import diagnostics, stock

LOG = logging.getLogger(__name__)

#: The namespace on nova-compute's own RPC server that nova-ext's endpoint answers in.
NAMESPACE = 'nova_ext'

#: History of the RPC interface:
#:
#: * 1.0 - get_diagnostics(instance, object_version)
#: * 1.1 - get_console_log_path(instance_uuid), and
#:         add_console_history(instance_uuid, transfer, number, total, data)
#: * 1.2 - refresh_metadata(instance_uuid)
#: * 1.4 - get_console_log(instance, start, limit), and add_console_history(..., spans)
VERSION = '1.4'

#: Seconds for which a host that lacked the plugin is not tried again.
_STOCK_HOST_TTL = 60.0

#: Seconds after which the bus itself is given up, beyond what a host's answer may take: the
#: better error of the two comes first.
_GRACE = 1.0

#: Calls in flight over the message bus of one cell. Without its broker each is stuck until the
#: broker is back, whatever timeout oslo.messaging is given.
_IN_FLIGHT = 32

_calls = limiter.CallLimiter(_IN_FLIGHT)

#: How a host without the plugin refuses. Over a message bus the class is lost and its name stays.
_REFUSALS = ('UnsupportedVersion', 'NoSuchMethod')


class ComputeAPI(console.ConsoleCalls):
    """Asks compute hosts, each request within a bound. A process has one, for all threads."""

    def __init__(self, timeout: float) -> None:
        """Make a client.

        :param timeout: seconds to wait for one answer
        """
        self._timeout = timeout
        self._nova = nova_rpcapi.ComputeAPI()
        #: The cell, the host and the method of each call that was refused a short time ago.
        self._refused = ExpiringSet(_STOCK_HOST_TTL)

    @functools.cached_property
    def _router(self) -> Any:
        """What is asked through, from the first call on: nova.rpc has to be initialized."""
        return rpc.ClientRouter(rpc.get_client(
            messaging.Target(
                topic=nova_rpcapi.RPC_TOPIC, namespace=NAMESPACE, version=VERSION),
            serializer=nova_base.NovaObjectSerializer()))

    def get_diagnostics(
            self, context: Any, instance: Any,
            version: str = diagnostics.Diagnostics.VERSION) -> diagnostics.Diagnostics:
        """What is known about a server now.

        A host without the plugin is asked in Nova's way; what its answer cannot be trusted to
        say is None.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :param instance: nova.objects.Instance with a host
        :param version: the version of Diagnostics that is enough
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        :raises nova.exception.InstanceNotFound: the host does not have the server
        """
        host = instance.host
        call = (context.cell_uuid, host, 'get_diagnostics')
        if call not in self._refused:
            primitive = self._call(
                self._router, context, host, '1.0', 'get_diagnostics', instance=instance,
                object_version=version)
            if primitive is not None:
                return diagnostics.Diagnostics.obj_from_primitive(primitive)
            self._refused.add(call)
            LOG.info('Compute host %s runs without nova-ext; calling Nova\'s own method for the '
                     'next %d seconds', host, _STOCK_HOST_TTL, instance=instance)
        return self._get_stock_diagnostics(context, instance)

    def refresh_metadata(self, context: Any, host: str, instance_uuid: str) -> None:
        """Have a host write into a server's domain what has changed of the server.

        A host that cannot is left alone for a while: it would log each request as an error.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        """
        call = (context.cell_uuid, host, 'refresh_metadata')
        if call not in self._refused and self._call(
                self._router, context, host, '1.2', 'refresh_metadata',
                instance_uuid=instance_uuid) is None:
            self._refused.add(call)

    def _get_stock_diagnostics(self, context: Any, instance: Any) -> diagnostics.Diagnostics:
        try:
            answer = self._call(
                self._nova.router, context, instance.host,
                compute.diagnostics_version(self._nova, context), 'get_instance_diagnostics',
                instance=instance)
        except nova_exception.InstanceInvalidState:
            # Nova refuses whatever is not running. Its record says what the server is instead.
            return stock.not_running(instance.power_state)
        except NotImplementedError:
            answer = None
        if answer is None:
            LOG.info('Compute host %s does not support Nova\'s own diagnostics either',
                     instance.host, instance=instance)
            return diagnostics.Diagnostics.unknown()
        return stock.from_nova(answer)

    def _call(
            self, router: Any, context: Any, host: str, version: str, method: str,
            **arguments: Any) -> Any:
        """Call ``method`` on ``host``; None when nobody there answers to that version.

        :raises nova_ext.exception.ComputeHostUnavailable: no answer in time
        """
        def call() -> Any:
            client = router.client(context).prepare(
                server=host, version=version, timeout=self._timeout)
            return client.call(context, method, **arguments)

        try:
            return _calls.call(context.cell_uuid, self._timeout + _GRACE, call)
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
            raise exception.ComputeHostUnavailable(
                host, f'nova-compute did not answer within {self._timeout:g} s') from error
        except messaging.MessageDeliveryFailure as error:
            raise exception.ComputeHostUnavailable(
                host, f'the message could not be delivered ({error})') from error
        except TimeoutError as error:
            raise exception.ComputeHostUnavailable(
                host, f'the message bus did not take the message: {error}') from error
