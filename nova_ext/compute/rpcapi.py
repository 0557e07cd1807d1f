# SPDX-License-Identifier: Apache-2.0
"""The client side: asking a compute host, with the plugin or without it."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from typing import Any, Optional

import oslo_messaging as messaging
from nova import exception as nova_exception
from nova import rpc
from nova.compute import rpcapi as nova_rpcapi
from nova.objects import base as nova_base
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import calling, console, host_diagnostics
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
#: * 1.3 - get_host_diagnostics(instance_uuids, object_version)
#: * 1.4 - get_console_log(instance, start, limit), and add_console_history(..., spans)
#: * 1.5 - get_console_log_path(..., port), add_console_history(..., port), and
#:         get_console_log(..., port)
VERSION = '1.5'

#: Seconds for which a host that lacked the plugin is not tried again.
_STOCK_HOST_TTL = 60.0


class ComputeAPI(console.ConsoleCalls):
    """Asks compute hosts, each request within a bound. A process has one, for all threads."""

    def __init__(self, timeout: float) -> None:
        """Make a client.

        :param timeout: seconds to wait for one answer
        """
        super().__init__(timeout)
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

    def get_host_diagnostics(
            self, context: Any, host: str, uuids: Sequence[str], deadline: float,
    ) -> Optional[host_diagnostics.HostReport]:
        """What is known about servers of a host now, and what has failed there.

        :param context: nova.context.RequestContext, targeted at the host's cell
        :param uuids: the servers'; with none it tells what has failed alone
        :param deadline: monotonic time at which nobody waits any longer
        :returns: the first servers, as many as it told about in time; None: it has nothing that
            tells about many servers
        :raises nova_ext.exception.NoTimeForComputeHost: the deadline was too near for an answer
        :raises nova_ext.exception.ComputeHostUnavailable: the host did not answer in time
        """
        call = (context.cell_uuid, host, 'get_host_diagnostics')
        found = host_diagnostics.HostReport({}, {})
        left = list(uuids)
        while True:
            part = left[:host_diagnostics.MAX_SERVERS]
            try:
                answer = None if call in self._refused else self._call(
                    self._router, context, host, '1.3', 'get_host_diagnostics', deadline=deadline,
                    calls=calling.FOR_LISTS, instance_uuids=part,
                    object_version=diagnostics.Diagnostics.VERSION)
            except exception.ComputeHostUnavailable as error:
                if not found.servers:
                    raise
                LOG.info('Compute host %s has told about %d of %d servers in time: %s', host,
                         len(found.servers), len(uuids), error)
                return found
            if answer is None:
                self._refused.add(call)
                return None
            told = host_diagnostics.decode(answer)
            found.servers.update(told.servers)
            found.failures.update(told.failures)
            left = [uuid for uuid in left if uuid not in told.servers]
            if not left or not told.servers or deadline - time.monotonic() < self._enough:
                return found

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
