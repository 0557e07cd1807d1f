# SPDX-License-Identifier: Apache-2.0
"""Notifying compute hosts of renamed servers.

Nova changes the name in its record and notifies nobody. When Nova has answered that it did, the
server's host is asked to write the name into the domain's metadata: in the background, so that the
answer to the client neither waits for it nor fails because of it. What does not get through is
found by the host itself, at its next pass over all guests.
"""

from __future__ import annotations

import concurrent.futures
import re
import threading
from collections.abc import Callable
from typing import Any, Optional

from nova import context as nova_context
from nova import exception as nova_exception
from nova import objects
from oslo_log import log as logging

from nova_ext import exception
from nova_ext.compute import rpcapi
from nova_ext.concurrency import background
from nova_ext.concurrency.expiring import ExpiringSet
from nova_ext.hosts import reachability

LOG = logging.getLogger(__name__)

#: Below Nova's endpoint, where a project's id may come first.
_SERVER = re.compile(r'(?:/[0-9a-f\-]+)?/servers/(?P<server_id>[0-9a-fA-F\-]{32,36})/?')

#: As many renamed servers may wait for their hosts to be notified; of more their hosts find out.
_WAITING = 1000

#: Seconds for which a host that did not answer is not notified again.
_SILENT_HOST_TTL = 60.0

StartResponse = Callable[..., Any]


class Renames:
    """Notices renamed servers and notifies their hosts, one after the other."""

    def __init__(self, client: rpcapi.ComputeAPI) -> None:
        """Know how to ask hosts.

        :param client: notifies them
        """
        self._rpc = client
        #: The servers whose hosts are to be notified, oldest first, each once.
        self._waiting: dict[str, None] = {}
        self._changed = threading.Condition()
        self._worker: Optional[concurrent.futures.Future[None]] = None
        self._hosts = reachability.ComputeHosts()
        self._silent_hosts = ExpiringSet(_SILENT_HOST_TTL)

    def watching(self, environ: dict[str, Any], start_response: StartResponse) -> StartResponse:
        """A ``start_response`` that notices whether this request changed a server.

        :param environ: the request
        :param start_response: the WSGI callable to pass the response's beginning to
        """
        if environ['REQUEST_METHOD'] != 'PUT':
            return start_response
        server = _SERVER.fullmatch(environ.get('PATH_INFO', ''))
        if server is None:
            return start_response

        def start(status: str, *arguments: Any) -> Any:
            if status.startswith('200'):
                self._note(server['server_id'])
            return start_response(status, *arguments)

        return start

    def _note(self, server_id: str) -> None:
        """Have the server's host notified. Never waits, never raises."""
        try:
            with self._changed:
                if len(self._waiting) >= _WAITING and server_id not in self._waiting:
                    LOG.warning('Failed to notify host of server rename: %d others are waiting',
                                len(self._waiting), instance_uuid=server_id)
                    return
                self._waiting[server_id] = None
                # Not before it is needed: the server may make processes of this one first.
                if self._worker is None or self._worker.done():
                    self._worker = background.start('renames', self._work)
                self._changed.notify_all()
        except Exception as error:
            LOG.warning('Failed to notify host of server rename: %s: %s',
                        type(error).__name__, error, instance_uuid=server_id)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                server_id = next(iter(self._waiting))
                # From here on another rename counts: this one may read the record too early.
                del self._waiting[server_id]
            try:
                self._notify_host(server_id)
            except (exception.ComputeHostUnavailable, nova_exception.NotFound) as error:
                LOG.info('Failed to notify host of server rename: %s', error,
                         instance_uuid=server_id)
            except Exception as error:
                LOG.warning('Failed to notify host of server rename: %s: %s',
                            type(error).__name__, error, instance_uuid=server_id)

    def _notify_host(self, server_id: str) -> None:
        """Ask the server's host to refresh its metadata, if it has one.

        :raises nova_ext.exception.ComputeHostUnavailable: it is down, or did not answer in time
            now or a while ago
        """
        context = nova_context.get_admin_context()
        mapping = objects.InstanceMapping.get_by_instance_uuid(context, server_id)
        if mapping.cell_mapping is None:
            return  # it is nowhere yet
        with nova_context.target_cell(context, mapping.cell_mapping) as in_cell:
            instance = objects.Instance.get_by_uuid(in_cell, server_id, expected_attrs=[])
            if not instance.host:
                return
            key = (in_cell.cell_uuid, instance.host)
            if key in self._silent_hosts:
                raise exception.ComputeHostUnavailable(
                    instance.host, 'it did not answer a short time ago')
            self._hosts.check_reachable(in_cell, instance.host)
            try:
                self._rpc.refresh_metadata(in_cell, instance.host, instance.uuid)
            except exception.ComputeHostUnavailable:
                self._silent_hosts.add(key)
                raise
