# SPDX-License-Identifier: Apache-2.0
"""The client side: asking a compute host, with the plugin or without it."""

from __future__ import annotations

import threading
import time
from typing import Any, Optional

import oslo_messaging as messaging
from nova import exception as nova_exception
from nova import rpc
from nova.compute import rpcapi as nova_rpcapi
from nova.objects import base as nova_base
from oslo_log import log as logging

from nova_ext import exception
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
VERSION = '1.2'

#: Seconds for which a host that lacked the plugin is not tried again.
_STOCK_HOST_TTL = 60.0

#: How a host without the plugin refuses. Over a message bus the class is lost and its name stays.
_REFUSALS = ('UnsupportedVersion', 'NoSuchMethod')


class ComputeAPI:
    """Asks compute hosts, each request within a bound."""

    def __init__(self, timeout: float) -> None:
        """Make a client.

        :param timeout: seconds to wait for one answer
        """
        self._timeout = timeout
        self._nova = nova_rpcapi.ComputeAPI()
        self._router = rpc.ClientRouter(rpc.get_client(
            messaging.Target(
                topic=nova_rpcapi.RPC_TOPIC, namespace=NAMESPACE, version=VERSION),
            serializer=nova_base.NovaObjectSerializer()))
        self._stock_hosts = _StockHosts()
        self._unable_hosts = _StockHosts()

    def get_diagnostics(self, context: Any, instance: Any) -> diagnostics.Diagnostics:
        """What is known about a server now.

        A host without the plugin is asked in Nova's way; what its answer cannot be trusted to
        say is None.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :param instance: nova.objects.Instance with a host
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        :raises nova.exception.InstanceNotFound: the host does not have the server
        """
        host = instance.host
        key = (context.cell_uuid, host)
        if not self._stock_hosts.holds(key):
            primitive = self._call(
                self._router, context, host, '1.0', 'get_diagnostics', instance=instance,
                object_version=diagnostics.Diagnostics.VERSION)
            if primitive is not None:
                return diagnostics.Diagnostics.obj_from_primitive(primitive)
            self._stock_hosts.add(key)
            LOG.info('Compute host %s runs without nova-ext; asking it in Nova\'s way for the '
                     'next %d seconds', host, _STOCK_HOST_TTL, instance=instance)
        return self._get_stock_diagnostics(context, instance)

    def get_console_log_path(self, context: Any, host: str, instance_uuid: str) -> Optional[str]:
        """Where a host logs the console of a server that comes to it; None: it cannot tell.

        :param context: nova.context.RequestContext
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        """
        path: Optional[str] = self._call(
            self._router, context, host, '1.1', 'get_console_log_path',
            instance_uuid=instance_uuid)
        return path

    def add_console_history(
            self, context: Any, host: str, instance_uuid: str, *, transfer: str, number: int,
            total: int, data: str) -> bool:
        """Give a host a piece of what a server printed elsewhere.

        :param context: nova.context.RequestContext
        :param transfer: a UUID, the same for all pieces
        :param number: of the piece, from 0
        :param total: how many pieces there are
        :param data: the piece, compressed by zlib, in base64
        :returns: whether the host has anything that takes it
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        """
        answer = self._call(
            self._router, context, host, '1.1', 'add_console_history',
            instance_uuid=instance_uuid, transfer=transfer, number=number, total=total,
            data=data)
        return answer is not None

    def refresh_metadata(self, context: Any, host: str, instance_uuid: str) -> None:
        """Have a host write into a server's domain what has changed of the server.

        A host that cannot is left alone for a while: it would log each request as an error.

        :param context: nova.context.RequestContext, targeted at the server's cell
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        """
        key = (context.cell_uuid, host)
        if not self._unable_hosts.holds(key) and self._call(
                self._router, context, host, '1.2', 'refresh_metadata',
                instance_uuid=instance_uuid) is None:
            self._unable_hosts.add(key)

    def _get_stock_diagnostics(self, context: Any, instance: Any) -> diagnostics.Diagnostics:
        try:
            answer = self._call(
                self._nova.router, context, instance.host,
                self._nova_version(context), 'get_instance_diagnostics', instance=instance)
        except nova_exception.InstanceInvalidState:
            # Nova refuses whatever is not running. Its record says what the server is instead.
            return stock.not_running(instance.power_state)
        except NotImplementedError:
            answer = None
        if answer is None:
            LOG.info('Compute host %s has no diagnostics to give in Nova\'s way either',
                     instance.host, instance=instance)
            return diagnostics.Diagnostics.unknown()
        return stock.from_nova(answer)

    def _nova_version(self, context: Any) -> str:
        """The version of Nova's own interface to ask in; the method is the same in both."""
        return '6.0' if self._nova.router.client(context).can_send_version('6.0') else '5.0'

    def _call(
            self, router: Any, context: Any, host: str, version: str, method: str,
            **arguments: Any) -> Any:
        """Call ``method`` on ``host``; None when nobody there answers to that version.

        :raises nova_ext.exception.ComputeHostUnavailable: no answer in time
        """
        client = router.client(context).prepare(
            server=host, version=version, timeout=self._timeout)
        try:
            return client.call(context, method, **arguments)
        except messaging.UnsupportedVersion:
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


class _StockHosts:
    """The hosts that were found to lack something lately, for all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[tuple[Optional[str], str], float] = {}

    def add(self, key: tuple[Optional[str], str]) -> None:
        with self._lock:
            self._until[key] = time.monotonic() + _STOCK_HOST_TTL

    def holds(self, key: tuple[Optional[str], str]) -> bool:
        with self._lock:
            if self._until.get(key, 0.0) > time.monotonic():
                return True
            self._until.pop(key, None)
            return False
